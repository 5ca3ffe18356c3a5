//! One attempt: its turn at the limiter, and the deadline over both.

use std::sync::atomic::{AtomicBool, Ordering};

use ek_core::{Error, ErrorKind, Result};
use tokio::time::{Instant, timeout_at};

use super::{Leave, RetryConfig};

pub(super) async fn run<T, F, Fut>(
    config: &RetryConfig,
    deadline: Option<Instant>,
    tokens: u32,
    op: &mut F,
) -> Result<T>
where
    F: FnMut(Leave) -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let begun = AtomicBool::new(false);
    let attempt = async {
        let place = match &config.concurrency {
            Some(limit) => Some(limit.acquire().await),
            None => None,
        };
        if let Some(limiter) = &config.limiter {
            refuse_long_cool_down(config, limiter.cooling(), deadline)?;
            limiter.acquire_tokens(tokens).await;
        }
        begun.store(true, Ordering::Relaxed);
        let taken = config.limiter.as_ref().map(|limiter| (limiter.clone(), tokens));
        op(Leave::new(place, taken)).await
    };
    let Some(deadline) = deadline else { return attempt.await };
    match timeout_at(deadline, attempt).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let limit = config.deadline.unwrap_or_default();
            let begun = begun.load(Ordering::Relaxed);
            let when = if begun { "during an attempt" } else { "before the limiter gave leave" };
            let error = Error::new(
                ErrorKind::Timeout,
                format!("the deadline of {limit:?} for all attempts passed {when}"),
            );
            let error = error.with_retryable(false).with_may_have_executed(begun);
            Err(error.with_attempts(u32::from(begun)))
        }
    }
}

/// A cool-down is a server's wish, whichever call got it: what may not be slept after one's own
/// error may not be slept after another's.
fn refuse_long_cool_down(
    config: &RetryConfig,
    cool_until: Option<Instant>,
    deadline: Option<Instant>,
) -> Result<()> {
    let Some(until) = cool_until else { return Ok(()) };
    let wait = until.saturating_duration_since(Instant::now());
    let why = if wait > config.max_retry_after {
        format!("longer than the {:?} of max_retry_after", config.max_retry_after)
    } else if deadline.is_some_and(|deadline| until >= deadline) {
        "past the deadline".to_owned()
    } else {
        return Ok(());
    };
    let message = format!("not sent: the rate limiter cools down for {wait:?}, {why}");
    let error = Error::new(ErrorKind::RateLimited, message);
    let error = error.with_retryable(false).with_retry_after(wait).with_may_have_executed(false);
    Err(error.with_attempts(0))
}
