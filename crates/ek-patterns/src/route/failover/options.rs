//! When a failover goes on to the next provider, and for how long it leaves one alone.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};

use crate::{Ledger, Observer};

type Counts = Arc<dyn Fn(&Error) -> bool + Send + Sync>;

/// The settings of a [`Failover`](super::Failover).
///
/// ```
/// use ek_core::ErrorKind;
/// use ek_patterns::FailoverOptions;
/// use std::time::Duration;
///
/// let options = FailoverOptions::default()
///     .with_cool_down(Duration::from_secs(10))
///     .with_counts(|error| error.is_retryable() || error.kind() == ErrorKind::QuotaExhausted);
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct FailoverOptions {
    /// Failures in a row that open a provider's circuit; at least 1. Default: 3. A failure whose error
    /// names a wait ([`Error::retry_after`]) opens it at once, for that wait.
    pub failures: u32,
    /// How long a provider is left alone that has failed so often, or failed again when it was tried
    /// after such a time; longer if its server asks for more. Default: 30 s.
    pub cool_down: Duration,
    /// The longest that a server's own wait keeps its circuit open. Default: 10 minutes.
    pub max_cool_down: Duration,
    /// Which errors count as a failure of the provider, and so lead to the next one; `None` is
    /// [`Error::is_retryable`]. What went wrong after a stream had delivered an item never leads to the
    /// next one. Default: `None`.
    pub counts: Option<Counts>,
    /// Counts each request to each provider. A ledger around the failover sees one call for one answer,
    /// however many providers were asked for it; here its budget binds each of them. Default: none.
    pub ledger: Option<Ledger>,
    /// Is told of each change of the provider, and of circuits that open and close. Default: none.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Default for FailoverOptions {
    fn default() -> Self {
        Self {
            failures: 3,
            cool_down: Duration::from_secs(30),
            max_cool_down: Duration::from_secs(600),
            counts: None,
            ledger: None,
            observer: None,
        }
    }
}

impl FailoverOptions {
    /// Sets how many failures in a row open a circuit.
    #[must_use]
    pub fn with_failures(mut self, failures: u32) -> Self {
        self.failures = failures;
        self
    }

    /// Sets how long a circuit stays open.
    #[must_use]
    pub fn with_cool_down(mut self, cool_down: Duration) -> Self {
        self.cool_down = cool_down;
        self
    }

    /// Sets the longest that a server's own wait keeps its circuit open.
    #[must_use]
    pub fn with_max_cool_down(mut self, cool_down: Duration) -> Self {
        self.max_cool_down = cool_down;
        self
    }

    /// Sets which errors lead to the next provider.
    #[must_use]
    pub fn with_counts(mut self, counts: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.counts = Some(Arc::new(counts));
        self
    }

    /// Sets the ledger that counts each request.
    #[must_use]
    pub fn with_ledger(mut self, ledger: Ledger) -> Self {
        self.ledger = Some(ledger);
        self
    }

    /// Sets who is told what happens.
    #[must_use]
    pub fn with_observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.failures == 0 {
            let why = "the failover's number of failures is 0; 1 opens the circuit at the first";
            return Err(Error::new(ErrorKind::Config, why));
        }
        Ok(())
    }

    pub(super) fn counts(&self, error: &Error) -> bool {
        self.counts.as_ref().map_or_else(|| error.is_retryable(), |counts| counts(error))
    }

    /// How long the server asks to be left alone, as far as that is granted; zero if it does not.
    pub(super) fn asked(&self, error: &Error) -> Duration {
        error.retry_after().unwrap_or_default().min(self.max_cool_down)
    }
}

impl fmt::Debug for FailoverOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailoverOptions")
            .field("failures", &self.failures)
            .field("cool_down", &self.cool_down)
            .field("max_cool_down", &self.max_cool_down)
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}
