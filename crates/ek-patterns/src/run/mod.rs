//! What every call of a pattern goes through: the limiter, the budget, the retries, the observer and the
//! spans. A pattern begins a [`Run`] and makes all its calls by it.

mod call;
mod embed;
mod key;
mod options;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ek_core::{Error, Result, Spend};

use crate::observe::{self, Event, Observer, PatternSpan};
use crate::{Ledger, Outcome, RetryConfig};
use key::Keys;
pub use options::RunOptions;

/// One run of a pattern.
pub(crate) struct Run {
    ledger: Ledger,
    retry: RetryConfig,
    observer: Option<Arc<dyn Observer>>,
    capture_content: bool,
    span: PatternSpan,
    calls: AtomicU64,
    keys: Keys,
}

impl Run {
    /// Begins a run, under its own budget and that of the shared ledger, if there is one.
    ///
    /// # Errors
    /// `Config` if the settings of the retry or of the budget cannot be used.
    pub(crate) fn begin(pattern: &'static str, options: &RunOptions) -> Result<Self> {
        let RunOptions { retry, budget, ledger, observer, capture_content } = options.clone();
        retry.check()?;
        let ledger = match ledger {
            Some(shared) => shared.child(budget)?,
            None => Ledger::new(budget)?,
        };
        Ok(Self {
            ledger,
            retry,
            observer,
            capture_content,
            span: PatternSpan::new(pattern),
            calls: AtomicU64::new(0),
            keys: Keys::new(),
        })
    }

    /// What this run has spent by now.
    pub(crate) fn spend(&self) -> Spend {
        self.ledger.spend()
    }

    /// The ledger of this run, for patterns within it.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The span of this run, the parent of the spans within it.
    pub(crate) fn span(&self) -> &PatternSpan {
        &self.span
    }

    /// Whether prompts and replies may be shown in spans.
    pub(crate) fn captures_content(&self) -> bool {
        self.capture_content
    }

    /// Calls the observer. A panic of the observer is dropped.
    pub(crate) fn observe(&self, event: &Event<'_>) {
        observe::notify(self.observer.as_ref(), event);
    }

    /// Ends the run with this error, which gets the spend of the run.
    pub(crate) fn fail(&self, error: Error) -> Error {
        self.span.record_spend(self.spend());
        self.span.record_error(&error);
        error.with_spend(self.spend())
    }

    /// Ends the run with this outcome, which gets the spend of the run.
    pub(crate) fn outcome<T, D>(&self, value: T, score: Option<f64>, detail: D) -> Outcome<T, D> {
        let spend = self.spend();
        self.span.record_spend(spend);
        Outcome { value, score, spend, detail }
    }

    fn next_call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed) + 1
    }
}
