//! The lock of the accounts, and what wakes callers that wait for calls under way. It is a module of its
//! own, so that the model checker can replace it.

pub(super) use std::sync::{Mutex, MutexGuard};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

pub(super) use crate::sync::lock;

/// Wakes waiting callers when a call is over, since it may have left something for them.
#[derive(Debug, Default)]
pub(super) struct Freed(Notify);

impl Freed {
    pub(super) fn wake(&self) {
        self.0.notify_waiters();
    }

    /// Completes when the next call is over, counted from when this future is made.
    pub(super) fn next(&self) -> Notified<'_> {
        self.0.notified()
    }
}
