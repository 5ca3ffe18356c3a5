//! The options of a pipe: what limits and watches all of its steps.

use std::sync::Arc;

use crate::setters::setters;
use crate::{Budget, Ledger, Observer, RunOptions};

/// What limits and watches the steps of a [`pipe`](crate::pipe()).
///
/// ```
/// use ek_patterns::{Budget, PipeOptions};
/// let options = PipeOptions::default().with_budget(Budget::default().with_calls(20));
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PipeOptions {
    /// The limits of all steps together. Default: none.
    pub budget: Budget,
    /// A ledger shared with other runs; its limits bind as well. Default: none.
    pub ledger: Option<Ledger>,
    /// Is called at the beginning and the end of each step. Default: none.
    pub observer: Option<Arc<dyn Observer>>,
}

impl PipeOptions {
    setters! {
        /// Sets the limits of all steps together.
        with_budget(budget: Budget);
        /// Sets the ledger shared with other runs; its limits bind as well.
        with_ledger(ledger: Ledger);
    }

    /// Sets the observer of the pipe.
    #[must_use]
    pub fn with_observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// A pipe makes no calls of its own, so how to retry does not matter.
    pub(super) fn run(&self) -> RunOptions {
        let Self { budget, ledger, observer } = self.clone();
        RunOptions { budget, ledger, observer, ..RunOptions::default() }
    }
}
