//! Retries: of which errors, how often, and after which wait.

mod attempt;
mod backoff;
mod budget;
mod call;
mod config;
mod permit;

use std::error::Error as _;
use std::time::Duration;

use ek_core::{Error, ErrorKind, Result, Spend};
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, sleep_until};

use crate::{RateLimiter, observe};
use backoff::Backoff;
use budget::Granted;
pub use budget::RetryBudget;
pub use call::{retry_complete, retry_embed, retry_stream};
pub use config::RetryConfig;
pub(crate) use permit::AttemptPermit;

/// Runs `op` until it succeeds, or until its error may not be retried.
///
/// Works with any closure. Cancel-safe: dropping the future stops the attempt or the wait. Time is tokio's,
/// so tests can pause it. For a provider's call there are [`retry_complete`], which a limiter of tokens
/// needs, and [`retry_stream`], which retries up to the first event of a stream.
///
/// Another attempt follows if
/// - the error's [`is_retryable`](Error::is_retryable) says so (by its kind, the server's
///   `x-should-retry` first; never once a stream has delivered an item),
/// - the attempt was not the last of [`max_attempts`](RetryConfig::max_attempts),
/// - the attempt was not ended by its own time limit after it had been sent, or
///   [`retry_timeouts`](RetryConfig::retry_timeouts) is on,
/// - [`retry_ambiguous`](RetryConfig::retry_ambiguous) is on, or it is certain that the work was not done,
/// - the server does not ask to wait longer than [`max_retry_after`](RetryConfig::max_retry_after),
/// - the wait ends before the [`deadline`](RetryConfig::deadline),
/// - and the [`retry_budget`](RetryConfig::retry_budget) grants it.
///
/// The wait after the k-th attempt is uniform between zero and
/// `min(base_delay · multiplier^(k-1), max_delay)` (full jitter), on top of the error's
/// [`retry_after`](Error::retry_after) if it has one, so that callers with the same wait do not all come
/// back at the same time. A wait that a server asks for begins a cool-down of the
/// [`limiter`](RetryConfig::limiter) for all that share it, whatever the status; a 429 does so without a
/// wait as well.
///
/// Each retry is an event at the level WARN (feature `tracing`).
///
/// # Errors
/// The last attempt's error, with [`attempts`](Error::attempts) (the requests of all attempts) and the
/// [`spend`](Error::spend) of all attempts that failed; `Config` if the settings cannot be used, or the
/// limiter limits tokens, whose number is not known for a closure; `Timeout` if the deadline passes during
/// an attempt; `RateLimited`, with nothing sent, if the limiter is in a cool-down that is too long to wait
/// out.
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
#[doc(alias = "backoff")]
pub async fn retry<T, F, Fut>(config: &RetryConfig, mut op: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    if config.limiter.as_ref().is_some_and(RateLimiter::limits_tokens) {
        let why = "the limiter limits tokens per minute, and `retry` does not know how many an attempt \
                   takes: use `retry_complete`, `retry_stream` or `retry_embed`";
        return Err(Error::new(ErrorKind::Config, why).with_attempts(0));
    }
    let op = |mut permit: AttemptPermit| {
        permit.mark_sent();
        let attempt = op();
        async move {
            let outcome = attempt.await;
            drop(permit);
            outcome
        }
    };
    attempts(config, 0, |_, _, _| {}, op).await
}

/// [`retry`] of attempts that take this many tokens. `on_retry` is called before each wait, with the number
/// of the failed attempt, the wait and the error. `op` holds its permit as long as the attempt lasts.
pub(crate) async fn attempts<T, F, Fut>(
    config: &RetryConfig,
    tokens: u32,
    mut on_retry: impl FnMut(u32, Duration, &Error),
    mut op: F,
) -> Result<T>
where
    F: FnMut(AttemptPermit) -> Fut,
    Fut: Future<Output = Result<T>>,
{
    config.check()?;
    let deadline = config.deadline.and_then(|limit| Instant::now().checked_add(limit));
    let mut backoff = Backoff::new(config);
    let mut spent = Spend::default();
    let mut requests: u32 = 0;
    let mut attempt = 1;
    let mut before = None;
    loop {
        // A provider that answers at once would otherwise never yield the thread.
        consume_budget().await;
        let error = match attempt::run(config, deadline, tokens, &mut op).await {
            Ok(value) => {
                if let Some(budget) = &config.retry_budget {
                    budget.refund();
                }
                return Ok(value);
            }
            Err(error) => error,
        };
        cool_down(config, &error);
        requests = requests.saturating_add(error.attempts());
        let not_sent = error.attempts() == 0;
        // An error of the budget has the spend of all attempts; any other has that of its own attempt.
        let error = if error.kind() == ErrorKind::BudgetExhausted {
            error.with_attempts(requests)
        } else {
            spent += error.spend();
            error.with_attempts(requests).with_spend(spent)
        };
        let jitter = backoff.next_wait();
        let Some((until, granted)) = next_attempt(config, &error, attempt, jitter, deadline) else {
            let is_late = deadline.is_some_and(|deadline| deadline <= Instant::now());
            let is_own = not_sent || (error.kind() == ErrorKind::Timeout && is_late);
            return Err(if is_own { caused(error, before) } else { error });
        };
        let wait = until.saturating_duration_since(Instant::now());
        observe::retrying(attempt, wait, &error);
        on_retry(attempt, wait, &error);
        sleep_until(until).await;
        if let Some(granted) = granted {
            granted.spend();
        }
        attempt += 1;
        before = Some(error);
    }
}

/// An error that does not come from the provider, with the provider's error before it as its source.
fn caused(error: Error, before: Option<Error>) -> Error {
    match before {
        Some(before) if error.source().is_none() => error.with_source(before),
        _ => error,
    }
}

/// A wait that a server asks of one caller holds for all callers that share the limiter.
fn cool_down(config: &RetryConfig, error: &Error) {
    let Some(limiter) = &config.limiter else { return };
    let was_sent = error.attempts() > 0;
    if was_sent && (error.kind() == ErrorKind::RateLimited || error.retry_after().is_some()) {
        limiter.cool_down(error.retry_after());
    }
}

/// When to try again, with a retry taken from the budget where there is one; `None` if not at all.
fn next_attempt<'a>(
    config: &'a RetryConfig,
    error: &Error,
    attempt: u32,
    jitter: Duration,
    deadline: Option<Instant>,
) -> Option<(Instant, Option<Granted<'a>>)> {
    let ambiguous = error.may_have_executed();
    let too_slow = ambiguous && error.kind() == ErrorKind::Timeout;
    if !error.is_retryable()
        || attempt >= config.max_attempts
        || (ambiguous && !config.retry_ambiguous)
        || (too_slow && !config.retry_timeouts)
    {
        return None;
    }
    let asked = error.retry_after().unwrap_or_default();
    if asked > config.max_retry_after {
        return None;
    }
    let in_time = |until: &Instant| deadline.is_none_or(|deadline| *until < deadline);
    let asked_until = Instant::now().checked_add(asked)?;
    // Near the deadline the jitter is left out, and the server's wait stays.
    let alone = Some(asked_until).filter(|_| !asked.is_zero());
    let until = asked_until.checked_add(jitter).filter(in_time).or(alone).filter(in_time)?;
    // Taken last, so that a retry that is not made costs the budget nothing.
    match &config.retry_budget {
        None => Some((until, None)),
        Some(budget) => Some((until, Some(budget.try_take()?))),
    }
}
