//! The one engine behind all faces: which rule answers a call and with what, and what is remembered of
//! it. It waits for nothing and writes nothing; time and bytes are the faces' own.

mod fingerprint;
mod ledger;
mod queue;
mod requests;
mod unmatched;

use std::sync::Arc;

use ek_core::{Error, ErrorKind};
use tokio::time::Instant;

use self::fingerprint::Fingerprint;
pub(crate) use self::ledger::{Ledger, Question, State, Turn};
pub(crate) use self::unmatched::outline;
#[cfg(feature = "record")]
use crate::cassette::Tape;
use crate::script::{Asked, Defaults, Replies, Script};
use crate::{AtEnd, CallOutcome, MockCall, MockReply, Per};

/// A script being played.
#[derive(Debug)]
pub(crate) struct Engine {
    script: Script,
    /// Why the script cannot be played.
    broken: Option<Error>,
    ledger: Arc<Ledger>,
    /// Who answers what no rule fits.
    #[cfg(feature = "record")]
    tape: Option<Arc<Tape>>,
}

impl Engine {
    pub(crate) fn new(script: Script) -> Self {
        let broken = script.check().err();
        let ledger = Arc::new(Ledger::new(script.rules.len()));
        Self {
            script,
            broken,
            ledger,
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

    /// Who answers this question, if no rule fits it.
    #[cfg(feature = "record")]
    pub(crate) fn tape_for(&self, question: &Question) -> Option<&Arc<Tape>> {
        let asked = Asked::new(&question.request, question.streamed);
        let fits = || self.script.rules.iter().any(|rule| rule.when.holds(&asked));
        self.tape.as_ref().filter(|_| question.problem.is_some() || !fits())
    }

    pub(crate) fn script(&self) -> &Script {
        &self.script
    }

    pub(crate) fn defaults(&self) -> Defaults {
        self.script.defaults
    }

    /// Why the script cannot be played, if so.
    pub(crate) fn broken(&self) -> Option<&Error> {
        self.broken.as_ref()
    }

    /// Whether any rule says how many calls it is to get.
    pub(crate) fn expects_calls(&self) -> bool {
        self.script.rules.iter().any(|rule| rule.expected.is_some())
    }

    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// Records a call and takes its reply. A strict face has each reply once, whatever the rules say.
    ///
    /// Conditions and closures run without the lock: they are the test's own, and may take their
    /// time or panic.
    pub(crate) fn begin(&self, question: Question, strict: bool) -> (Turn, MockReply) {
        let asked = Asked::new(&question.request, question.streamed);
        let answerable = question.problem.is_none() && self.broken.is_none();
        let rules = self.script.rules.iter();
        let rule = answerable.then(|| rules.take_while(|rule| !rule.when.holds(&asked)).count());
        let rule = rule.filter(|at| *at < self.script.rules.len());

        let fingerprint = Fingerprint::of(&question.request);
        let per = rule.map_or(Per::Attempt, |at| self.script.rules[at].takes_per());
        let rule_name = rule.map(|at| self.script.rules[at].label(at + 1));
        let request = question.request.clone();
        let (number, attempt, entry) = self.ledger.update(|state| {
            let attempt = state.requests.attempt(&fingerprint);
            let entry = rule.map(|at| state.queues[at].take(per, attempt));
            let number = state.calls.len() + 1;
            state.calls.push(MockCall {
                number,
                request,
                streamed: question.streamed,
                attempt: attempt.number,
                rule: rule_name,
                headers: question.headers,
                credentials: question.credentials,
                problem: question.problem.clone(),
                outcome: CallOutcome::Pending,
                started: Instant::now(),
                first_byte: None,
                ended: None,
                rule_at: rule,
            });
            (number, attempt, entry)
        });
        let turn = Turn::new(Arc::clone(&self.ledger), number - 1, attempt, fingerprint);

        let reply = match (rule, entry, &self.broken, &question.problem) {
            (Some(at), Some(entry), ..) => {
                let reply = self.reply(at, entry, number, &asked, strict);
                let reply = reply.for_attempt(attempt.number);
                match &self.script.chaos {
                    Some(chaos) => chaos.spoil(number, reply),
                    None => reply,
                }
            }
            (.., Some(error), _) => error.clone().into(),
            (.., Some(problem)) => Error::new(ErrorKind::Rejected, problem).into(),
            _ => unmatched::no_rule_fits(&self.script, number, &asked).into(),
        };
        (turn, reply)
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
            Replies::Closure(responder) => responder(asked.request),
            Replies::Queue(replies) => {
                let at_end = if strict { AtEnd::Strict } else { rule.at_end };
                queue::reply_at(replies, entry, at_end).unwrap_or_else(|| {
                    unmatched::one_too_many(&self.script, at, replies.len(), number).into()
                })
            }
        }
    }
}
