//! Whether a peer that is waited for has said anything at all.
//!
//! The end of a dead connection may never be seen: a host vanished, a firewall forgot it. Over HTTP/1 a call
//! that gives up closes its connection; over HTTP/2 it gives up a stream, and each further call would wait on
//! the same connection until a ping finds out, for as long as 40 s.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A connection on which nothing came for this long while a call waited, until it gave up, gets no further
/// calls, unless it carries some and there is no place for another one. A server that is merely slow costs
/// them one more dial.
const LIMIT: Duration = Duration::from_secs(5);

pub(super) struct Silence {
    /// Something has come since the wait began.
    is_broken: AtomicBool,
    /// When a call first waited for what did not come.
    begin: Mutex<Instant>,
}

impl Silence {
    /// A call waits already.
    pub(super) fn new() -> Self {
        Self { is_broken: AtomicBool::new(false), begin: Mutex::new(Instant::now()) }
    }

    /// A call begins to wait.
    pub(super) fn wait(&self) {
        if self.is_broken.swap(false, Ordering::Relaxed) {
            *self.begin.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
    }

    /// Something came.
    pub(super) fn end(&self) {
        self.is_broken.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_long(&self) -> bool {
        let begin = || *self.begin.lock().unwrap_or_else(PoisonError::into_inner);
        !self.is_broken.load(Ordering::Relaxed) && begin().elapsed() >= LIMIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_is_long_from_the_first_call_that_waits_until_something_comes() {
        let silence = Silence::new();
        for _ in 0..2 {
            tokio::time::advance(LIMIT / 2).await;
            assert!(!silence.is_long());
            // The second one does not begin anew what the first one waits for.
            silence.wait();
            tokio::time::advance(LIMIT / 2).await;
            assert!(silence.is_long());
            silence.end();
            tokio::time::advance(LIMIT).await;
            assert!(!silence.is_long(), "nobody waits");
            silence.wait();
        }
    }
}
