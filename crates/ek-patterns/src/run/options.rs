//! The options that all patterns have.

use std::sync::Arc;

use crate::{Budget, Ledger, Observer, RetryConfig};

/// A view of the options that all patterns have.
#[derive(Clone, Copy)]
pub(crate) struct Common<'a> {
    pub(crate) retry: &'a RetryConfig,
    pub(crate) budget: &'a Budget,
    pub(crate) ledger: Option<&'a Ledger>,
    pub(crate) observer: Option<&'a Arc<dyn Observer>>,
    pub(crate) capture_content: bool,
}

/// The setters of the fields `retry`, `budget`, `ledger`, `observer` and `capture_content`, and the view
/// of them. The struct declares the fields itself, so that its documentation is seen in one place.
macro_rules! common_options {
    ($options:ident $(<$($parameter:ident),+>)?) => {
        impl $(<$($parameter),+>)? $options $(<$($parameter),+>)? {
            /// Sets how to retry each call.
            #[must_use]
            pub fn with_retry(mut self, retry: $crate::RetryConfig) -> Self {
                self.retry = retry;
                self
            }

            /// Sets the limits of one run.
            #[must_use]
            pub fn with_budget(mut self, budget: $crate::Budget) -> Self {
                self.budget = budget;
                self
            }

            /// Sets the ledger shared with other runs; its limits bind as well.
            #[must_use]
            pub fn with_ledger(mut self, ledger: $crate::Ledger) -> Self {
                self.ledger = Some(ledger);
                self
            }

            /// Sets who is told what happens.
            #[must_use]
            pub fn with_observer(mut self, observer: impl $crate::Observer + 'static) -> Self {
                self.observer = Some(std::sync::Arc::new(observer));
                self
            }

            /// Sets whether spans may hold prompts and replies.
            #[must_use]
            pub fn with_capture_content(mut self, capture: bool) -> Self {
                self.capture_content = capture;
                self
            }

            pub(crate) fn common(&self) -> $crate::run::Common<'_> {
                $crate::run::Common {
                    retry: &self.retry,
                    budget: &self.budget,
                    ledger: self.ledger.as_ref(),
                    observer: self.observer.as_ref(),
                    capture_content: self.capture_content,
                }
            }
        }
    };
}
pub(crate) use common_options;
