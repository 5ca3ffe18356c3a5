//! The settings of a retry.

use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};

use super::RetryBudget;
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
    /// The longest wait a server may ask for. A longer one is not slept: the error is returned at once
    /// with the wait in it. Default: 120 s.
    pub max_retry_after: Duration,
    /// Whether to retry where the provider may have done (and billed) the work. Default: true.
    pub retry_ambiguous: bool,
    /// Whether to retry an attempt that had been sent when its own time limit passed
    /// ([`ErrorKind::Timeout`], and the work may have been done). Default: false, since a model that is
    /// slower than the limit is mostly as slow the next time, and each attempt may be billed. To wait
    /// longer, raise the provider's `timeout`, or the request's
    /// ([`ChatRequest::with_timeout`](ek_core::ChatRequest::with_timeout)), or stream.
    pub retry_timeouts: bool,
    /// The longest time for all attempts and waits together. Default: none.
    pub deadline: Option<Duration>,
    /// Asked for leave before each attempt. Default: none.
    pub limiter: Option<RateLimiter>,
    /// Asked for a place before each attempt, which is held while the attempt lasts. Default: none.
    pub concurrency: Option<ConcurrencyLimit>,
    /// Shared by many calls, so that an outage does not multiply the load. Default: none.
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

    /// Sets the number of attempts, the first one counted.
    #[must_use]
    pub fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the longest wait after the first attempt.
    #[must_use]
    pub fn with_base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets the longest wait after any attempt.
    #[must_use]
    pub fn with_max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets by how much the longest wait grows.
    #[must_use]
    pub fn with_multiplier(mut self, multiplier: f64) -> Self {
        self.multiplier = multiplier;
        self
    }

    /// Sets the longest wait a server may ask for.
    #[must_use]
    pub fn with_max_retry_after(mut self, delay: Duration) -> Self {
        self.max_retry_after = delay;
        self
    }

    /// Sets whether to retry where the work may have been done.
    #[must_use]
    pub fn with_retry_ambiguous(mut self, retry: bool) -> Self {
        self.retry_ambiguous = retry;
        self
    }

    /// Sets whether to retry where the attempt's own time limit passed.
    #[must_use]
    pub fn with_retry_timeouts(mut self, retry: bool) -> Self {
        self.retry_timeouts = retry;
        self
    }

    /// Sets the longest time for everything.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets the limiter that is asked before each attempt.
    #[must_use]
    pub fn with_limiter(mut self, limiter: RateLimiter) -> Self {
        self.limiter = Some(limiter);
        self
    }

    /// Sets the limit on calls under way that is asked before each attempt.
    #[must_use]
    pub fn with_concurrency(mut self, limit: ConcurrencyLimit) -> Self {
        self.concurrency = Some(limit);
        self
    }

    /// Sets the shared budget of retries.
    #[must_use]
    pub fn with_retry_budget(mut self, budget: RetryBudget) -> Self {
        self.retry_budget = Some(budget);
        self
    }

    /// Makes the jitter repeatable.
    #[must_use]
    pub fn with_jitter_seed(mut self, seed: u64) -> Self {
        self.jitter_seed = Some(seed);
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Config, why));
        if self.max_attempts == 0 {
            return refuse("max_attempts is 0; the first attempt counts, so 1 means no retry");
        }
        if !self.multiplier.is_finite() || self.multiplier < 1.0 {
            return refuse("the retry multiplier is not a finite number of at least 1");
        }
        Ok(())
    }
}
