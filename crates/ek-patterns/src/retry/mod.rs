//! Trying again: which errors, how often, and how long to wait in between.

mod attempt;
mod backoff;
mod budget;
mod config;

use std::time::Duration;

use ek_core::{Error, ErrorKind, Result, Spend};
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, sleep_until};

use backoff::Backoff;
use budget::Granted;
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
/// The last attempt's error, with [`attempts`](Error::attempts) counted and the
/// [`spend`](Error::spend) of all attempts that failed; `Config` if the settings cannot be used;
/// `Timeout` if the deadline passes during an attempt; `RateLimited`, with nothing sent, if the
/// [`limiter`](RetryConfig::limiter) is in a cool-down that may not be waited out.
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
pub async fn retry<T, F, Fut>(config: &RetryConfig, op: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    attempts(config, 0, |_, _, _| {}, op).await
}

/// [`retry`] for those who know how many tokens an attempt takes, and want to hear of each retry: which
/// attempt failed, how long the wait is, and why.
pub(crate) async fn attempts<T, F, Fut>(
    config: &RetryConfig,
    tokens: u32,
    mut on_retry: impl FnMut(u32, Duration, &Error),
    mut op: F,
) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    config.check()?;
    let deadline = config.deadline.and_then(|limit| Instant::now().checked_add(limit));
    let mut backoff = Backoff::new(config);
    let mut spent = Spend::default();
    let mut attempt = 1;
    loop {
        // A provider that answers at once would never let go of the thread, however many calls there are.
        consume_budget().await;
        let error = match attempt::run(config, deadline, tokens, &mut op).await {
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
        // A budget's error holds the spend of all before it; any other that of its own attempt.
        if error.kind() != ErrorKind::BudgetExhausted {
            spent += error.spend();
        }
        let jitter = backoff.next_wait();
        let Some((until, granted)) = next_attempt(config, &error, attempt, jitter, deadline) else {
            return Err(match error.kind() {
                ErrorKind::BudgetExhausted => error,
                _ => error.with_spend(spent),
            });
        };
        on_retry(attempt, until.saturating_duration_since(Instant::now()), &error);
        sleep_until(until).await;
        if let Some(granted) = granted {
            granted.spend();
        }
        attempt += 1;
    }
}

/// When to try again, and the leave to do so where a budget gives it; `None` if not.
fn next_attempt<'a>(
    config: &'a RetryConfig,
    error: &Error,
    attempt: u32,
    jitter: Duration,
    deadline: Option<Instant>,
) -> Option<(Instant, Option<Granted<'a>>)> {
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
    match &config.retry_budget {
        None => Some((until, None)),
        Some(budget) => Some((until, Some(budget.try_take()?))),
    }
}
