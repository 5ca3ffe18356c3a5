//! Leave for one attempt: a place among the calls under way, and what was taken of a limiter.

use ek_core::{Error, LlmResponse};

use crate::answer::End;
use crate::{ConcurrencyPermit, RateLimiter};

/// Held as long as the attempt lasts; for a stream, until its end.
#[derive(Debug)]
pub(crate) struct Leave {
    _place: Option<ConcurrencyPermit>,
    taken: Option<(RateLimiter, u32)>,
}

impl Leave {
    pub(super) fn new(place: Option<ConcurrencyPermit>, taken: Option<(RateLimiter, u32)>) -> Self {
        Self { _place: place, taken }
    }

    /// The attempt was answered: what it did not use goes back to the limiter.
    pub(crate) fn answered(self, reply: &LlmResponse) {
        if let Some(used) = reply.usage.billed().total() {
            self.used(used);
        }
    }

    /// The attempt was never sent.
    pub(crate) fn unused(self) {
        self.used(0);
    }

    fn used(self, used: u64) {
        if let Some((limiter, taken)) = self.taken {
            limiter.settle_tokens(taken, used);
        }
    }
}

impl End for Leave {
    fn done(self, reply: &LlmResponse) {
        self.answered(reply);
    }

    fn failed(self, error: Error) -> Error {
        error
    }
}
