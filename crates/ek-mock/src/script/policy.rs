//! How a rule's queue is used up: what takes an entry, and what comes after the last.

use serde::{Deserialize, Serialize};

/// What a rule does when all of its replies have been given.
///
/// ```
/// use ek_mock::{AtEnd, Rule, When};
///
/// // A second question about tides is an error of the test.
/// let tides = Rule::new(When::user_text_contains("tide")).reply("At noon.").at_end(AtEnd::Strict);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AtEnd {
    /// Starts over with the first. The default, and what [`MockProvider::new`] does.
    ///
    /// [`MockProvider::new`]: crate::MockProvider::new
    #[default]
    Cycle,
    /// Fails, with an error that says which call was one too many and is not retried.
    Strict,
    /// Gives the last again and again.
    RepeatLast,
}

/// What takes the next entry of a rule's queue.
///
/// ```
/// use ek_mock::{Per, Rule, When};
///
/// // A retry gets the second reply.
/// let tides = Rule::new(When::user_text_contains("tide"))
///     .reply("At noon.")
///     .reply("At midnight.")
///     .per(Per::Attempt);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Per {
    /// Each attempt: a retry gets the next entry.
    Attempt,
    /// Each distinct request: a retry gets the entry of its first attempt again, or that entry's next
    /// step if it is a sequence ([`MockReply::attempts`](crate::MockReply::attempts)).
    ///
    /// A request is a retry of an earlier one if both have the same idempotency key. Without keys it
    /// is one if it asks the same (messages, model, tools, settings, extra keys; not timeout and
    /// headers) and the latest attempt of the earlier one has failed or was dropped by its caller: so
    /// samples that ask the same, at once or one after another, are requests of their own.
    Request,
}
