//! One rule of a script: whom it answers, with what, and how often that is expected.

use std::fmt;
use std::sync::Arc;

use ek_core::{ChatRequest, Error, ErrorKind, Result};

use super::{Asked, AtEnd, Expected, Per, When};
use crate::MockReply;

pub(crate) type Responder = Arc<dyn Fn(&Asked<'_>) -> MockReply + Send + Sync>;

/// Where a rule's replies come from.
#[derive(Clone)]
pub(crate) enum Replies {
    /// From this list, in order.
    Queue(Vec<MockReply>),
    /// From a closure.
    Closure(Responder),
}

/// Replies to the requests that fit a [`When`]. Each rule has a queue of its own, so that callers with
/// different questions never take each other's replies.
///
/// ```
/// use ek_core::{Error, ErrorKind};
/// use ek_mock::{AtEnd, MockReply, Rule, When};
///
/// let rule = Rule::new(When::user_text_contains("tide"))
///     .named("tides")
///     .reply(Error::new(ErrorKind::RateLimited, "slow down"))
///     .reply("High water at noon.")
///     .at_end(AtEnd::RepeatLast)
///     .expect_calls(2..);
/// ```
#[derive(Clone)]
#[must_use]
pub struct Rule {
    pub(crate) name: Option<String>,
    pub(crate) when: When,
    pub(crate) replies: Replies,
    pub(crate) at_end: AtEnd,
    pub(crate) per: Option<Per>,
    pub(crate) expected: Option<Expected>,
}

impl Rule {
    /// A rule without replies yet: it gives empty texts, or nothing at all if it is strict.
    pub fn new(when: When) -> Self {
        Self {
            name: None,
            when,
            replies: Replies::Queue(Vec::new()),
            at_end: AtEnd::default(),
            per: None,
            expected: None,
        }
    }

    /// A rule whose replies a closure makes from the requests. Parallel calls run it in parallel. It
    /// has no end, and cannot be written as JSON.
    pub fn responding<R: Into<MockReply>>(
        when: When,
        responder: impl Fn(&ChatRequest) -> R + Send + Sync + 'static,
    ) -> Self {
        Self::answering(when, move |asked| responder(asked.request).into())
    }

    /// The same, from all that is known of the request.
    pub(crate) fn answering(
        when: When,
        responder: impl Fn(&Asked<'_>) -> MockReply + Send + Sync + 'static,
    ) -> Self {
        Self { replies: Replies::Closure(Arc::new(responder)), ..Self::new(when) }
    }

    /// Names the rule, for messages and records. Without a name it is called by its number.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a reply to the queue. In place of a closure it begins one.
    pub fn reply(self, reply: impl Into<MockReply>) -> Self {
        self.replies([reply])
    }

    /// Adds replies to the queue.
    pub fn replies<R: Into<MockReply>>(mut self, replies: impl IntoIterator<Item = R>) -> Self {
        let replies = replies.into_iter().map(Into::into);
        match &mut self.replies {
            Replies::Queue(queue) => queue.extend(replies),
            Replies::Closure(_) => self.replies = Replies::Queue(replies.collect()),
        }
        self
    }

    /// Sets what comes after the last reply. Default: [`AtEnd::Cycle`].
    pub fn at_end(mut self, at_end: AtEnd) -> Self {
        self.at_end = at_end;
        self
    }

    /// Sets what takes a reply from the queue. Default: [`Per::Request`] if a reply is a sequence of
    /// attempts, else [`Per::Attempt`].
    pub fn per(mut self, per: Per) -> Self {
        self.per = Some(per);
        self
    }

    /// Sets how many calls are expected by the time of the verification, counted as the queue counts:
    /// attempts, or distinct requests. A number or a range: `2`, `1..`, `1..=3`, `..=3`.
    pub fn expect_calls(mut self, calls: impl Into<Expected>) -> Self {
        self.expected = Some(calls.into());
        self
    }

    /// What takes a reply, said or by default.
    pub(crate) fn takes_per(&self) -> Per {
        self.per.unwrap_or(if self.has_sequences() { Per::Request } else { Per::Attempt })
    }

    fn has_sequences(&self) -> bool {
        match &self.replies {
            Replies::Queue(queue) => queue.iter().any(MockReply::is_sequence),
            Replies::Closure(_) => false,
        }
    }

    /// The rule as messages call it; `number` counts from 1.
    pub(crate) fn label(&self, number: usize) -> String {
        match &self.name {
            Some(name) => format!("rule {name:?}"),
            None => format!("rule {number} ({})", self.when),
        }
    }

    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Config, why));
        if self.per == Some(Per::Attempt) && self.has_sequences() {
            return refuse(
                "a reply that is a sequence of attempts needs a rule per request: each attempt of \
                 a rule per attempt takes a reply of its own",
            );
        }
        if let Replies::Queue(queue) = &self.replies {
            queue.iter().try_for_each(MockReply::check)?;
            let embedding = self.when.is_for_embeddings();
            if !queue.iter().all(|reply| reply.can_answer(embedding)) {
                return refuse(if embedding {
                    "a request for embeddings is answered with vectors, and not with what a model says"
                } else {
                    "vectors answer a request for embeddings: the rule needs `When::embedding`"
                });
            }
        }
        if let Some(Expected { least, most: Some(most) }) = self.expected
            && least > most
        {
            return refuse("at least more calls are expected than at most");
        }
        Ok(())
    }
}

/// Sizes and settings, never a reply.
impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Rule");
        out.field("name", &self.name).field("conditions", &self.when.conditions.len());
        match &self.replies {
            Replies::Queue(queue) => out.field("replies", &queue.len()),
            Replies::Closure(_) => out.field("replies", &format_args!("<a closure>")),
        };
        out.field("at_end", &self.at_end).field("per", &self.takes_per());
        out.field("expected", &self.expected).finish()
    }
}
