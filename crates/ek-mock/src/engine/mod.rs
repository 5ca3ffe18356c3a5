//! The one engine behind all faces: which rule answers a call and with what, and what is remembered of
//! it. It waits for nothing and writes nothing; time and bytes are the faces' own.

mod call_log;
mod errors;
mod fingerprint;
mod incoming;
mod queue;
mod requests;

use std::sync::Arc;

use ek_core::{Error, ErrorKind};
use tokio::time::Instant;

pub(crate) use self::call_log::{CallGuard, CallLog, History};
pub(crate) use self::errors::outline;
use self::fingerprint::Fingerprint;
pub(crate) use self::incoming::IncomingRequest;
#[cfg(feature = "record")]
use crate::cassette::Tape;
use crate::pace::Pace;
use crate::script::{Asked, Replies, Script};
use crate::{AtEnd, CallOutcome, MockCall, MockReply, Per};

/// A script being played.
#[derive(Debug)]
pub(crate) struct Engine {
    script: Script,
    /// Why the script cannot be played.
    broken: Option<Error>,
    call_log: Arc<CallLog>,
    /// The endpoint that answers what no rule fits.
    #[cfg(feature = "record")]
    tape: Option<Arc<Tape>>,
}

impl Engine {
    pub(crate) fn new(script: Script) -> Self {
        let broken = script.check().err();
        let call_log = Arc::new(CallLog::new(script.rules.len()));
        Self {
            script,
            broken,
            call_log,
            #[cfg(feature = "record")]
            tape: None,
        }
    }

    /// Lets a real endpoint answer what no rule fits.
    #[cfg(feature = "record")]
    pub(crate) fn recording(mut self, tape: Arc<Tape>) -> Self {
        self.tape = Some(tape);
        self
    }

    /// The endpoint that answers this request, if no rule fits it or it asks for no reply.
    #[cfg(feature = "record")]
    pub(crate) fn tape_for(&self, incoming: Option<&IncomingRequest>) -> Option<&Arc<Tape>> {
        let fits = |incoming: &IncomingRequest| {
            let asked = incoming.asked();
            self.script.rules.iter().any(|rule| rule.when.holds(&asked))
        };
        let answered = incoming.is_some_and(|one| one.problem.is_none() && fits(one));
        self.tape.as_ref().filter(|_| !answered)
    }

    pub(crate) fn script(&self) -> &Script {
        &self.script
    }

    /// The pace of replies that do not say theirs.
    pub(crate) fn pace(&self) -> Pace {
        self.script.pace
    }

    /// Why the script cannot be played, if so.
    pub(crate) fn broken(&self) -> Option<&Error> {
        self.broken.as_ref()
    }

    /// Whether any rule says how many calls it is to get.
    pub(crate) fn expects_calls(&self) -> bool {
        self.script.rules.iter().any(|rule| rule.expected.is_some())
    }

    pub(crate) fn call_log(&self) -> &Arc<CallLog> {
        &self.call_log
    }

    /// Records a call and takes its reply. With `strict` each reply is given once, whatever the rules say.
    ///
    /// Conditions and closures belong to the test and may be slow or panic, so they run without the lock.
    pub(crate) fn begin(&self, incoming: &IncomingRequest, strict: bool) -> (CallGuard, MockReply) {
        let asked = incoming.asked();
        let answerable = incoming.problem.is_none() && self.broken.is_none();
        let rules = self.script.rules.iter();
        let rule = answerable.then(|| rules.take_while(|rule| !rule.when.holds(&asked)).count());
        let rule = rule.filter(|at| *at < self.script.rules.len());

        let fingerprint = Fingerprint::of(incoming);
        let per = rule.map_or(Per::Attempt, |at| self.script.rules[at].takes_per());
        let rule_name = rule.map(|at| self.script.rules[at].label(at + 1));
        let (request, embedding) = (incoming.request.clone(), incoming.embedding.clone());
        let (number, attempt, entry) = self.call_log.update(|history| {
            let attempt = history.requests.attempt(&fingerprint);
            let entry = rule.map(|at| history.queues[at].take(per, attempt));
            let number = history.calls.len() + 1;
            history.calls.push(MockCall {
                number,
                request,
                embedding,
                streamed: incoming.streamed,
                attempt: attempt.number,
                rule: rule_name,
                protocol: incoming.protocol.clone(),
                headers: incoming.headers.clone(),
                sent: incoming.sent.clone(),
                credentials: incoming.credentials.clone(),
                problem: incoming.problem.clone(),
                outcome: CallOutcome::Pending,
                started: Instant::now(),
                first_byte: None,
                ended: None,
                rule_at: rule,
            });
            (number, attempt, entry)
        });
        let guard = CallGuard::new(Arc::clone(&self.call_log), number - 1, attempt, fingerprint);

        let spoiled = |reply| match &self.script.chaos {
            Some(chaos) => chaos.spoil(number, reply),
            None => reply,
        };
        let reply = match (rule, entry, &self.broken, &incoming.problem) {
            (Some(at), Some(entry), ..) => {
                let reply = self.reply(at, entry, number, &asked, strict);
                spoiled(reply.for_attempt(attempt.number))
            }
            (.., Some(error), _) => error.clone().into(),
            (.., Some(problem)) => Error::new(ErrorKind::Rejected, problem).into(),
            _ if incoming.embedding.is_some() => spoiled(MockReply::vectors()),
            _ => errors::no_rule_fits(&self.script, number, &asked).into(),
        };
        (guard, reply)
    }

    fn reply(
        &self,
        at: usize,
        entry: usize,
        number: usize,
        asked: &Asked<'_>,
        strict: bool,
    ) -> MockReply {
        let rule = &self.script.rules[at];
        match &rule.replies {
            Replies::Closure(responder) => responder(asked),
            Replies::Queue(replies) => {
                let at_end = if strict { AtEnd::Strict } else { rule.at_end };
                let usual = match asked.embedding {
                    Some(_) => MockReply::vectors,
                    None => || MockReply::from(""),
                };
                queue::reply_at(replies, entry, at_end, usual).unwrap_or_else(|| {
                    errors::one_too_many(&self.script, at, replies.len(), number).into()
                })
            }
        }
    }
}
