//! The settings of a map and its reduce.

use std::sync::Arc;

use ek_core::{ChatRequest, Error, ErrorKind, Result};

use crate::run::common_options;
use crate::{Budget, Ledger, Observer, RetryConfig};

/// How [`map_reduce`](crate::map_reduce()) runs.
///
/// ```
/// use ek_patterns::MapReduceOptions;
/// let options = MapReduceOptions::default().with_concurrency(20).with_tolerate_failures(3);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MapReduceOptions {
    /// How many inputs are under way at once. Default: 5; at least 1.
    pub concurrency: usize,
    /// How many inputs may fail; their errors are kept apart, and the rest is reduced. Default: 0.
    pub tolerate_failures: usize,
    /// The longest reply in tokens, reasoning included; a request's own limit wins. Default: none, which
    /// leaves it to the provider; at least 1.
    pub max_tokens: Option<u32>,
    /// How to retry each call. Default: [`RetryConfig::default`].
    pub retry: RetryConfig,
    /// The limits of one run. Default: none.
    pub budget: Budget,
    /// A ledger shared with other runs; its limits bind as well. Default: none.
    pub ledger: Option<Ledger>,
    /// Is told of each input that is done. Default: none.
    pub observer: Option<Arc<dyn Observer>>,
    /// Whether spans may hold prompts and replies. Default: false.
    pub capture_content: bool,
}

impl Default for MapReduceOptions {
    fn default() -> Self {
        Self {
            concurrency: 5,
            tolerate_failures: 0,
            max_tokens: None,
            retry: RetryConfig::default(),
            budget: Budget::default(),
            ledger: None,
            observer: None,
            capture_content: false,
        }
    }
}

common_options!(MapReduceOptions);

impl MapReduceOptions {
    /// Sets how many inputs are under way at once.
    #[must_use]
    pub fn with_concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency;
        self
    }

    /// Sets how many inputs may fail.
    #[must_use]
    pub fn with_tolerate_failures(mut self, failures: usize) -> Self {
        self.tolerate_failures = failures;
        self
    }

    /// Sets the longest reply, in tokens.
    #[must_use]
    pub fn with_max_tokens(mut self, max_tokens: u32) -> Self {
        self.max_tokens = Some(max_tokens);
        self
    }

    pub(super) fn check(&self, inputs: usize) -> Result<()> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Config, why));
        if self.concurrency == 0 {
            return refuse("concurrency is 0; 1 takes one input after the other");
        }
        if self.max_tokens == Some(0) {
            return refuse("max_tokens is 0; a reply takes at least 1");
        }
        if inputs == 0 {
            return refuse("there are no inputs, so there is nothing to reduce");
        }
        Ok(())
    }

    pub(super) fn request(&self, request: impl Into<ChatRequest>) -> ChatRequest {
        let mut request = request.into();
        request.max_tokens = request.max_tokens.or(self.max_tokens);
        request
    }
}
