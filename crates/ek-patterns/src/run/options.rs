//! The options that all patterns have.

use std::sync::Arc;

use crate::setters::run_setters;
use crate::{Budget, Ledger, Observer, RetryConfig};

/// How the calls of one run of a pattern are retried, limited and watched.
///
/// The options of each pattern have it as their field `run`, and its setters as their own. One value can
/// serve several patterns:
///
/// ```
/// use ek_patterns::{Budget, ConsensusOptions, RefineOptions, RetryConfig, RunOptions};
///
/// let run = RunOptions::default()
///     .with_retry(RetryConfig::default().with_max_attempts(5))
///     .with_budget(Budget::default().with_calls(20));
/// let voting = ConsensusOptions::default().with_run(run.clone());
/// let writing = RefineOptions::default().with_run(run).with_capture_content(true);
/// assert_eq!((voting.run.retry.max_attempts, writing.run.budget.calls), (5, Some(20)));
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct RunOptions {
    /// How to retry each call of the model. Tools are never retried. Default: [`RetryConfig::default`].
    pub retry: RetryConfig,
    /// The limits of one run. Default: none.
    pub budget: Budget,
    /// A ledger shared with other runs; its limits bind as well. Default: none.
    pub ledger: Option<Ledger>,
    /// Is called with each [`Event`](crate::Event) of the run. Default: none.
    pub observer: Option<Arc<dyn Observer>>,
    /// Whether spans may hold prompts, replies, and the arguments and results of tools. Default: false.
    pub capture_content: bool,
}

impl RunOptions {
    run_setters!();
}
