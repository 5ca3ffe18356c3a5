//! Trying again: which errors, how often, and how long to wait in between.

mod backoff;
mod budget;
mod config;

use ek_core::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep_until, timeout_at};

use backoff::Backoff;
pub use budget::RetryBudget;
pub use config::RetryConfig;

/// Runs `op` until it succeeds or its error is not to be retried.
///
/// Works with any closure. Cancel-safe in every phase: dropping the future stops the attempt or the
/// wait. Time is tokio's, so that tests can pause it.
///
/// An attempt is followed by another one if
/// - the error's [`is_retryable`](Error::is_retryable) says so (by its kind, the server's
///   `x-should-retry` first; never once a stream has delivered an item),
/// - it was not the last of [`max_attempts`](RetryConfig::max_attempts),
/// - [`retry_ambiguous`](RetryConfig::retry_ambiguous) is on, or the work was surely not done,
/// - the server does not ask to wait longer than [`max_retry_after`](RetryConfig::max_retry_after),
/// - the wait ends before the [`deadline`](RetryConfig::deadline),
/// - and the [`retry_budget`](RetryConfig::retry_budget) grants it.
///
/// The wait is uniform between zero and `min(base_delay · multiplier^(k-1), max_delay)` after the k-th
/// attempt (full jitter), and never shorter than the error's [`retry_after`](Error::retry_after).
///
/// # Errors
/// The last attempt's error, with [`attempts`](Error::attempts) counted; `Config` if the settings
/// cannot be used; `Timeout` if the deadline passes during an attempt.
///
/// ```
/// use ek_core::{Error, ErrorKind};
/// use ek_patterns::{RetryConfig, retry};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> ek_core::Result<()> {
/// let mut calls = 0;
/// let answer = retry(&RetryConfig::default(), || {
///     calls += 1;
///     let outcome = if calls < 3 { Err(Error::new(ErrorKind::Server, "HTTP 503")) } else { Ok(7) };
///     async move { outcome }
/// })
/// .await?;
/// assert_eq!((answer, calls), (7, 3));
/// # Ok(())
/// # }
/// ```
pub async fn retry<T, F, Fut>(config: &RetryConfig, mut op: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    config.check()?;
    let deadline = config.deadline.and_then(|limit| Instant::now().checked_add(limit));
    let mut backoff = Backoff::new(config);
    let mut attempt = 1;
    loop {
        let outcome = within(deadline, config, &mut op).await;
        let error = match outcome {
            Ok(value) => {
                if let Some(budget) = &config.retry_budget {
                    budget.refund();
                }
                return Ok(value);
            }
            Err(error) => error.with_attempts(attempt),
        };
        if let Some(limiter) = &config.limiter
            && error.kind() == ErrorKind::RateLimited
        {
            limiter.cool_down(error.retry_after());
        }
        let jitter = backoff.next_wait();
        let Some(until) = next_attempt(config, &error, attempt, jitter, deadline) else {
            return Err(error);
        };
        sleep_until(until).await;
        attempt += 1;
    }
}

/// One attempt, after its turn at the limiter, within the deadline.
async fn within<T, F, Fut>(deadline: Option<Instant>, config: &RetryConfig, op: &mut F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let attempt = async {
        if let Some(limiter) = &config.limiter {
            limiter.acquire().await;
        }
        op().await
    };
    let Some(deadline) = deadline else { return attempt.await };
    match timeout_at(deadline, attempt).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let limit = config.deadline.unwrap_or_default();
            let message = format!("the deadline of {limit:?} passed during an attempt");
            Err(Error::new(ErrorKind::Timeout, message).with_retryable(false))
        }
    }
}

/// When to try again; `None` if not.
fn next_attempt(
    config: &RetryConfig,
    error: &Error,
    attempt: u32,
    jitter: std::time::Duration,
    deadline: Option<Instant>,
) -> Option<Instant> {
    let ambiguous = !config.retry_ambiguous && error.may_have_executed();
    if !error.is_retryable() || attempt >= config.max_attempts || ambiguous {
        return None;
    }
    let asked = error.retry_after().unwrap_or_default();
    if asked > config.max_retry_after {
        return None;
    }
    let until = Instant::now().checked_add(jitter.max(asked))?;
    if deadline.is_some_and(|deadline| until >= deadline) {
        return None;
    }
    // Taken last: what is not waited for is not paid for.
    config.retry_budget.as_ref().is_none_or(RetryBudget::try_take).then_some(until)
}
