//! How long an attempt waits.

use std::time::Duration;

use tokio::time::Instant;

/// How long an error's body may take, within the attempt's time. Its status is already known.
pub(super) const ERROR_BODY: Duration = Duration::from_secs(5);

/// How long the usage or `[DONE]` may take after the finish reason. The reply is complete without them.
/// The time runs from the first wait after the finish reason and ends only if the reply goes on.
pub(crate) const TAIL: Duration = Duration::from_secs(10);

/// The moment `limit` from now.
pub(super) fn after(limit: Duration) -> Instant {
    later(Instant::now(), limit)
}

/// The moment `limit` after `than`. A moment beyond the clock's range becomes one in 30 years.
pub(crate) fn later(than: Instant, limit: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);
    than.checked_add(limit).unwrap_or_else(|| than + FAR)
}
