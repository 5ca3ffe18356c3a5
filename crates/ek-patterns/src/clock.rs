//! Adding a wait to the time, whatever the wait is.

use std::time::Duration;

use tokio::time::Instant;

/// Where there is no such time on the clock: later than any caller waits.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// The time when a wait that begins now is over.
pub(crate) fn after(now: Instant, wait: Duration) -> Instant {
    now.checked_add(wait).unwrap_or_else(|| now + FAR)
}
