//! How far each rule's queue has been used up.

use std::collections::HashMap;

use super::requests::Attempt;
use crate::{AtEnd, MockReply, Per};

/// The history of one rule's queue.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// How many entries have been taken, those beyond the end included.
    taken: usize,
    /// Which of them a distinct request has.
    by_request: HashMap<usize, usize>,
}

impl Queue {
    /// How many entries have been taken: attempts, or distinct requests.
    pub(crate) fn taken(&self) -> usize {
        self.taken
    }

    /// Takes what an attempt is to get, as a number from 0 that knows no end.
    pub(crate) fn take(&mut self, per: Per, attempt: Attempt) -> usize {
        let next = self.taken;
        let entry = match per {
            Per::Attempt => next,
            Per::Request => *self.by_request.entry(attempt.request).or_insert(next),
        };
        if entry == next {
            self.taken += 1;
        }
        entry
    }
}

/// The reply at a place of a queue that has an end; the usual one if the queue is empty. `None` if it was
/// one too many.
pub(crate) fn reply_at(
    replies: &[MockReply],
    entry: usize,
    at_end: AtEnd,
    usual: fn() -> MockReply,
) -> Option<MockReply> {
    let reply = match (at_end, replies.len()) {
        (AtEnd::Strict, _) => return replies.get(entry).cloned(),
        (_, 0) => None,
        (AtEnd::Cycle, length) => replies.get(entry % length),
        (AtEnd::RepeatLast, length) => replies.get(entry.min(length - 1)),
    };
    Some(reply.cloned().unwrap_or_else(usual))
}
