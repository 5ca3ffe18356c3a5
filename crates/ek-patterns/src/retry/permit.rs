//! The permit for one attempt: one of the concurrency limit, and the tokens taken from a limiter.

use ek_core::{Error, LlmResponse, Usage};

use crate::answer::End;
use crate::{ConcurrencyPermit, RateLimiter};

/// Held as long as the attempt lasts; for a stream, until its end.
#[derive(Debug)]
pub(crate) struct AttemptPermit {
    _concurrency: Option<ConcurrencyPermit>,
    taken: Option<(RateLimiter, u32)>,
}

impl AttemptPermit {
    pub(super) fn new(
        concurrency: Option<ConcurrencyPermit>,
        taken: Option<(RateLimiter, u32)>,
    ) -> Self {
        Self { _concurrency: concurrency, taken }
    }

    /// The attempt was answered: tokens that it did not use go back to the limiter.
    pub(crate) fn answered(self, reply: &LlmResponse) {
        self.took(reply.usage);
    }

    /// The attempt took these tokens.
    pub(crate) fn took(self, usage: Usage) {
        if let Some(used) = usage.billed().total() {
            self.used(used);
        }
    }

    /// The attempt was never sent.
    pub(crate) fn unused(self) {
        self.used(0);
    }

    fn used(self, used: u64) {
        if let Some((limiter, taken)) = self.taken {
            limiter.adjust_tokens(taken, used);
        }
    }
}

impl End for AttemptPermit {
    fn done(self, reply: &LlmResponse) {
        self.answered(reply);
    }

    fn failed(self, error: Error) -> Error {
        error
    }
}
