//! The settings of a map and its reduce.

use ek_core::{ChatRequest, Error, ErrorKind, Result};

use crate::RunOptions;
use crate::setters::{run_setters, setters};

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
    /// How many inputs may fail; the replies of the others are reduced. Default: 0.
    pub tolerate_failures: usize,
    /// The longest reply in tokens, reasoning included; a request's own limit wins. Default: none, which
    /// leaves it to the provider; at least 1.
    pub max_tokens: Option<u32>,
    /// How calls are retried, limited and watched. Default: [`RunOptions::default`].
    pub run: RunOptions,
}

impl Default for MapReduceOptions {
    fn default() -> Self {
        Self { concurrency: 5, tolerate_failures: 0, max_tokens: None, run: RunOptions::default() }
    }
}

impl MapReduceOptions {
    run_setters!(run);

    setters! {
        /// Sets how many inputs are under way at once.
        with_concurrency(concurrency: usize);
        /// Sets how many inputs may fail.
        with_tolerate_failures(tolerate_failures: usize);
        /// Sets the longest reply, in tokens.
        with_max_tokens(max_tokens: u32);
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
