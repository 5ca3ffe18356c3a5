//! When what an attempt waits for is waited for no longer.

use std::time::Duration;

use tokio::time::Instant;

/// How long an error's body may take, within the attempt's time; its status is known already.
pub(super) const ERROR_BODY: Duration = Duration::from_secs(5);

/// How long the usage (or `[DONE]`) may come after the finish reason; the reply is whole without. Counted
/// from the first wait after it, whatever comes then: only a reply that goes on ends it.
pub(crate) const TAIL: Duration = Duration::from_secs(10);

/// The moment that is this much later than now.
pub(super) fn after(limit: Duration) -> Instant {
    later(Instant::now(), limit)
}

/// The moment that is this much later. One beyond the clock's range is as good as never.
pub(crate) fn later(than: Instant, limit: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);
    than.checked_add(limit).unwrap_or_else(|| than + FAR)
}
