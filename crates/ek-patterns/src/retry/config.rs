//! The settings of a retry.

use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};

use super::RetryBudget;
use crate::setters::setters;
use crate::{ConcurrencyLimit, RateLimiter};

/// How to retry. See [`retry`](crate::retry) for what exactly is retried.
///
/// ```
/// use std::time::Duration;
/// use ek_patterns::RetryConfig;
///
/// let patient = RetryConfig::default().with_max_attempts(6).with_deadline(Duration::from_secs(90));
/// let once = RetryConfig::none();
/// assert_eq!(once.max_attempts, 1);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RetryConfig {
    /// Attempts at most, the first one counted. Default: 3; at least 1.
    pub max_attempts: u32,
    /// The longest wait after the first attempt. Default: 1 s.
    pub base_delay: Duration,
    /// The longest wait after any attempt; it comes on top of what the server asks for. Default: 60 s.
    pub max_delay: Duration,
    /// By how much the longest wait grows with each attempt. Default: 2; at least 1, and finite.
    pub multiplier: f64,
    /// The longest wait a server may ask for. A longer one is not waited out: the error is returned at once,
    /// with the wait in it. Default: 120 s.
    pub max_retry_after: Duration,
    /// Whether to retry where the provider may have done (and billed) the work. Default: true.
    pub retry_ambiguous: bool,
    /// Whether to retry an attempt that had been sent when its own time limit passed
    /// ([`ErrorKind::Timeout`], and the work may have been done). Default: false, since a model that is
    /// slower than the limit is usually as slow the next time, and each attempt may be billed. To wait
    /// longer, raise the provider's `timeout`, or the request's
    /// ([`ChatRequest::with_timeout`](ek_core::ChatRequest::with_timeout)), or stream.
    pub retry_timeouts: bool,
    /// The longest time for all attempts and waits together, above 0. Default: none.
    pub deadline: Option<Duration>,
    /// The rate limiter that each attempt waits for. Default: none.
    pub limiter: Option<RateLimiter>,
    /// The limit on concurrent calls; each attempt holds one of its permits. Default: none.
    pub concurrency: Option<ConcurrencyLimit>,
    /// A budget of retries that many calls share, so that an outage does not multiply the load. Default:
    /// none.
    pub retry_budget: Option<RetryBudget>,
    /// Makes the jitter repeatable, for tests. Default: none.
    pub jitter_seed: Option<u64>,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(60),
            multiplier: 2.0,
            max_retry_after: Duration::from_secs(120),
            retry_ambiguous: true,
            retry_timeouts: false,
            deadline: None,
            limiter: None,
            concurrency: None,
            retry_budget: None,
            jitter_seed: None,
        }
    }
}

impl RetryConfig {
    /// One attempt, no retries.
    #[must_use]
    pub fn none() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    setters! {
        /// Sets the number of attempts, the first one counted.
        with_max_attempts(max_attempts: u32);
        /// Sets the longest wait after the first attempt.
        with_base_delay(base_delay: Duration);
        /// Sets the longest wait after any attempt.
        with_max_delay(max_delay: Duration);
        /// Sets the factor by which the longest wait grows.
        with_multiplier(multiplier: f64);
        /// Sets the longest wait a server may ask for.
        with_max_retry_after(max_retry_after: Duration);
        /// Sets whether to retry where the work may have been done.
        with_retry_ambiguous(retry_ambiguous: bool);
        /// Sets whether to retry where the attempt's own time limit passed.
        with_retry_timeouts(retry_timeouts: bool);
        /// Sets the longest time for all attempts and waits together.
        with_deadline(deadline: Duration);
        /// Sets the rate limiter that each attempt waits for.
        with_limiter(limiter: RateLimiter);
        /// Sets the limit on concurrent calls.
        with_concurrency(concurrency: ConcurrencyLimit);
        /// Sets the shared budget of retries.
        with_retry_budget(retry_budget: RetryBudget);
        /// Makes the jitter repeatable.
        with_jitter_seed(jitter_seed: u64);
    }

    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Config, why));
        if self.max_attempts == 0 {
            return refuse("max_attempts is 0; the first attempt counts, so 1 means no retry");
        }
        if !self.multiplier.is_finite() || self.multiplier < 1.0 {
            return refuse("the retry multiplier is not a finite number of at least 1");
        }
        if self.deadline == Some(Duration::ZERO) {
            return refuse("the deadline for all attempts is 0; no attempt could end in time");
        }
        Ok(())
    }
}
