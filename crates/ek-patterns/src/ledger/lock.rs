//! The lock of the accounts, and what wakes those who wait for one. A module of its own, so that a model
//! checker's can stand in its place.

pub(super) use std::sync::{Mutex, MutexGuard};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

pub(super) use crate::sync::lock;

/// Tells that a call is over, and may have left something for others.
#[derive(Debug, Default)]
pub(super) struct Freed(Notify);

impl Freed {
    pub(super) fn wake(&self) {
        self.0.notify_waiters();
    }

    /// Ends with the next call that is over after this was made.
    pub(super) fn next(&self) -> Notified<'_> {
        self.0.notified()
    }
}
