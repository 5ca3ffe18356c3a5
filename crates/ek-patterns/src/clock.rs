//! Adds a wait to a time, however long the wait is.

use std::time::Duration;

use tokio::time::Instant;

/// Stands for a time that the clock cannot hold: a year from now.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// The time when a wait that begins now is over.
pub(crate) fn after(now: Instant, wait: Duration) -> Instant {
    now.checked_add(wait).unwrap_or_else(|| now + FAR)
}
