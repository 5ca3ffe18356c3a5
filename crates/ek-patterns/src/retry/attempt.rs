//! One attempt: the wait for its permit, and the deadline over both.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ek_core::{Error, ErrorKind, Result};
use futures_util::future::{Either, select};
use tokio::time::{Instant, timeout_at};

use super::{AttemptPermit, RetryConfig};
use crate::RateLimiter;

pub(super) async fn run<T, F, Fut>(
    config: &RetryConfig,
    deadline: Option<Instant>,
    tokens: u32,
    op: &mut F,
) -> Result<T>
where
    F: FnMut(AttemptPermit) -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let sent = deadline.map(|_| Arc::new(AtomicBool::new(false)));
    let attempt = async {
        let concurrency = match &config.concurrency {
            Some(limit) => Some(limit.acquire().await),
            None => None,
        };
        if let Some(limiter) = &config.limiter {
            admit(config, limiter, deadline, tokens).await?;
        }
        let taken = config.limiter.as_ref().map(|limiter| (limiter.clone(), tokens));
        op(AttemptPermit::new(concurrency, taken, sent.clone())).await
    };
    let Some(deadline) = deadline else { return attempt.await };
    match timeout_at(deadline, attempt).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let limit = config.deadline.unwrap_or_default();
            let sent = sent.is_some_and(|sent| sent.load(Ordering::Relaxed));
            let when = if sent { "during an attempt" } else { "before an attempt was sent" };
            let error = Error::new(
                ErrorKind::Timeout,
                format!("the deadline of {limit:?} for all attempts passed {when}"),
            );
            let error = error.with_retryable(false).with_may_have_executed(sent);
            Err(error.with_attempts(u32::from(sent)))
        }
    }
}

/// Waits for the limiter, unless that takes too long, which may turn out while the attempt waits.
async fn admit(
    config: &RetryConfig,
    limiter: &RateLimiter,
    deadline: Option<Instant>,
    tokens: u32,
) -> Result<()> {
    let mut admitted = pin!(limiter.acquire_tokens(tokens));
    loop {
        // Before the check, so that no cool-down is missed.
        let cooled = pin!(limiter.cooled());
        refuse_long_cool_down(config, limiter.cooling(), deadline)?;
        if let Some(why) = limiter.refusal() {
            return Err(not_sent(&why));
        }
        if let Either::Left(_) = select(admitted.as_mut(), cooled).await {
            return Ok(());
        }
    }
}

/// A cool-down is a wait that a server has asked for, of this call or of another: where it is too long to
/// wait out after an error of this call, it is too long here as well.
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
    let why = format!("the rate limiter cools down for {wait:?}, {why}");
    Err(not_sent(&why).with_retry_after(wait))
}

fn not_sent(why: &str) -> Error {
    let error = Error::new(ErrorKind::RateLimited, format!("not sent: {why}"));
    error.with_retryable(false).with_may_have_executed(false).with_attempts(0)
}
