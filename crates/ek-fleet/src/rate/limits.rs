//! The limits of a rate, as a program sets them. Apart from what keeps to them.

use ek_core::{Error, ErrorKind, Result};

/// The limits of a rate that processes share.
///
/// ```
/// use ek_fleet::Rate;
/// let rate = Rate::per_minute(600).with_burst(20).with_tokens_per_minute(100_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// Requests in a minute; at least 1.
    pub requests_per_minute: u32,
    /// How many requests may come at once; at least 1. It is also the most that a process reserves at once, so
    /// 1 means that the store is asked for each request. Default: a twentieth of a minute's requests.
    pub burst: u32,
    /// Tokens in a minute, prompts and replies together; those of one minute may come at once. Default: no
    /// limit.
    pub tokens_per_minute: Option<u32>,
}

impl Rate {
    /// This many requests in a minute.
    #[must_use]
    pub fn per_minute(requests: u32) -> Self {
        let burst = (requests / 20).max(1);
        Self { requests_per_minute: requests, burst, tokens_per_minute: None }
    }

    /// Sets how many requests may come at once.
    #[must_use]
    pub fn with_burst(mut self, burst: u32) -> Self {
        self.burst = burst;
        self
    }

    /// Limits tokens as well.
    #[must_use]
    pub fn with_tokens_per_minute(mut self, tokens: u32) -> Self {
        self.tokens_per_minute = Some(tokens);
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.requests_per_minute == 0 || self.burst == 0 || self.tokens_per_minute == Some(0) {
            let why = "the requests, the burst or the tokens of a shared rate are 0";
            return Err(Error::new(ErrorKind::Config, why));
        }
        Ok(())
    }

    pub(super) fn requests(&self) -> f64 {
        f64::from(self.requests_per_minute)
    }

    pub(super) fn tokens(&self) -> f64 {
        f64::from(self.tokens_per_minute.unwrap_or(0))
    }

    /// As many tokens as one request can have.
    pub(super) fn counted(&self, tokens: u64) -> i64 {
        let most = self.tokens_per_minute.map_or(0, u64::from);
        i64::try_from(tokens.min(most)).unwrap_or(i64::MAX)
    }
}
