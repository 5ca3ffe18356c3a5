//! The permit for one attempt: one of the concurrency limit, and the tokens taken from a limiter.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ek_core::{Error, LlmResponse, Usage};

use crate::answer::End;
use crate::ledger::was_never_sent;
use crate::{ConcurrencyPermit, RateLimiter};

/// Held as long as the attempt lasts; for a stream, until its end. Dropped before the attempt was sent, it gives the
/// tokens back to the limiter.
#[derive(Debug)]
pub(crate) struct AttemptPermit {
    _concurrency: Option<ConcurrencyPermit>,
    taken: Option<(RateLimiter, u32)>,
    is_sent: bool,
    /// Where the caller learns that it was sent.
    sent: Option<Arc<AtomicBool>>,
}

impl AttemptPermit {
    pub(super) fn new(
        concurrency: Option<ConcurrencyPermit>,
        taken: Option<(RateLimiter, u32)>,
        sent: Option<Arc<AtomicBool>>,
    ) -> Self {
        Self { _concurrency: concurrency, taken, is_sent: false, sent }
    }

    /// The attempt is sent: from now on its tokens are taken.
    pub(crate) fn mark_sent(&mut self) {
        self.is_sent = true;
        if let Some(sent) = &self.sent {
            sent.store(true, Ordering::Relaxed);
        }
    }

    /// The attempt took these tokens: what it did not use goes back to the limiter.
    pub(crate) fn took(mut self, usage: Usage) {
        if let Some(used) = usage.billed().total() {
            self.used(used);
        }
    }

    /// The attempt failed.
    pub(crate) fn failed(mut self, error: &Error) {
        self.is_sent = !was_never_sent(error);
    }

    fn used(&mut self, used: u64) {
        if let Some((limiter, taken)) = self.taken.take() {
            limiter.adjust_tokens(taken, used);
        }
    }
}

impl Drop for AttemptPermit {
    fn drop(&mut self) {
        if !self.is_sent {
            self.used(0);
        }
    }
}

impl End for AttemptPermit {
    fn done(self, reply: &LlmResponse) {
        self.took(reply.usage);
    }

    fn failed(self, error: Error) -> Error {
        error
    }
}
