//! When the time limits of an attempt end, once it has its permit: all are computed here.
//!
//! The wait for the permit has the same limit and comes before.

use std::time::Duration;

use tokio::time::Instant;

/// How long an error's body may take, within the attempt's time. Its status is already known.
const ERROR_BODY: Duration = Duration::from_secs(5);

/// How long the usage or `[DONE]` may take after the finish reason. The reply is complete without them.
/// The time runs from the first wait after the finish reason and ends only if the reply goes on.
pub(super) const TAIL: Duration = Duration::from_secs(10);

/// The limits of one attempt, which begins when this is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    /// When the attempt ends: a whole reply, or the head of a stream, has come by then.
    pub(super) attempt: Instant,
    /// How long a stream may stand still.
    pub(super) idle: Duration,
}

impl Deadlines {
    /// Limits of an attempt that begins now.
    pub(super) fn start(attempt: Duration, idle: Duration) -> Self {
        Self { attempt: later(Instant::now(), attempt), idle }
    }

    /// When the body of an error has to be there, counted from now.
    pub(super) fn error_body(&self) -> Instant {
        self.attempt.min(later(Instant::now(), ERROR_BODY))
    }

    /// When a wait for the next event of a stream ends, if it begins then.
    pub(super) fn idle_from(&self, begin: Instant) -> Instant {
        later(begin, self.idle)
    }

    /// When the wait for what may follow a finish reason ends, if it begins then.
    pub(super) fn tail_from(&self, begin: Instant) -> Instant {
        later(begin, self.idle.min(TAIL))
    }
}

/// The moment `limit` after `than`. A moment beyond the clock's range becomes one in 30 years.
fn later(than: Instant, limit: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);
    than.checked_add(limit).unwrap_or_else(|| than + FAR)
}
