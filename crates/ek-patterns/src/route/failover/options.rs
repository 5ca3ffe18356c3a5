//! When a failover asks the next provider, and for how long it does not ask one that has failed.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};

use super::verdict;
use crate::asked::Asked;
use crate::setters::setters;
use crate::{Ledger, Observer, SharedCircuits};

type Verdict = Arc<dyn Fn(&Error) -> bool + Send + Sync>;
type ModelNames = Arc<dyn Fn(usize, &str) -> Option<String> + Send + Sync>;

/// The settings of a [`Failover`](super::Failover).
///
/// ```
/// use ek_core::ErrorKind;
/// use ek_patterns::FailoverOptions;
/// use std::time::Duration;
///
/// let options = FailoverOptions::default()
///     .with_cool_down(Duration::from_secs(10))
///     .with_leads_on(|error| {
///         error.kind() == ErrorKind::Unsupported || FailoverOptions::could_another_help(error)
///     });
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct FailoverOptions {
    /// Failures in a row that open a provider's circuit; at least 1. Default: 3. A failure whose error
    /// names a wait ([`Error::retry_after`]) opens it at once, for that wait.
    pub failures: u32,
    /// How long a circuit stays open, after these failures or a failed probe; longer if the server asks for
    /// more. Default: 30 s.
    pub cool_down: Duration,
    /// The longest time that a server's own wait keeps its circuit open. Default: 10 minutes.
    pub max_cool_down: Duration,
    /// Which errors lead to the next provider; `None` is
    /// [`could_another_help`](Self::could_another_help). An error after the first event of a stream never
    /// does. Default: `None`.
    pub leads_on: Option<Verdict>,
    /// Which errors count as a failure of the provider, towards the number that opens its circuit; `None`
    /// is [`is_this_to_blame`](Self::is_this_to_blame). Default: `None`.
    pub counts: Option<Verdict>,
    /// The name that a provider has for the model of a request. The function gets the provider's number,
    /// counted from 0, and the request's name; it returns the name to ask for, or `None` for the provider's
    /// own model. Default: none, which asks each provider for the request's name.
    pub model_names: Option<ModelNames>,
    /// A ledger that counts each request to each provider. A ledger around the failover counts one call for
    /// one answer, also where several providers were asked; this one binds each request. Set one of the two: a
    /// ledger in both places, itself or as a part of a larger one, counts each call twice. Default: none.
    pub ledger: Option<Ledger>,
    /// The circuits as other processes see them: a provider whose circuit is open there is not asked here
    /// either. Default: none.
    pub shared_circuits: Option<Arc<dyn SharedCircuits>>,
    /// Is called when the failover asks the next provider, and when a circuit opens or closes. Default: none.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Default for FailoverOptions {
    fn default() -> Self {
        Self {
            failures: 3,
            cool_down: Duration::from_secs(30),
            max_cool_down: Duration::from_secs(600),
            leads_on: None,
            counts: None,
            model_names: None,
            ledger: None,
            shared_circuits: None,
            observer: None,
        }
    }
}

impl FailoverOptions {
    setters! {
        /// Sets how many failures in a row open a circuit.
        with_failures(failures: u32);
        /// Sets how long a circuit stays open.
        with_cool_down(cool_down: Duration);
        /// Sets the longest time that a server's own wait keeps its circuit open.
        with_max_cool_down(max_cool_down: Duration);
    }

    /// Sets which errors lead to the next provider.
    #[must_use]
    pub fn with_leads_on(mut self, leads: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.leads_on = Some(Arc::new(leads));
        self
    }

    /// Sets what each provider calls the model that a request names.
    ///
    /// ```
    /// use ek_patterns::FailoverOptions;
    /// let options = FailoverOptions::default().with_model_names(|member, model| match member {
    ///     0 => Some(model.to_owned()),
    ///     _ => Some(format!("openai/{model}")),
    /// });
    /// ```
    #[must_use]
    pub fn with_model_names(
        mut self,
        names: impl Fn(usize, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.model_names = Some(Arc::new(names));
        self
    }

    /// Sets which errors count against a provider.
    #[must_use]
    pub fn with_counts(mut self, counts: impl Fn(&Error) -> bool + Send + Sync + 'static) -> Self {
        self.counts = Some(Arc::new(counts));
        self
    }

    setters! {
        /// Sets the ledger that counts each request.
        with_ledger(ledger: Ledger);
    }

    /// Sets where the circuits of several processes meet.
    #[must_use]
    pub fn with_shared_circuits(mut self, circuits: Arc<dyn SharedCircuits>) -> Self {
        self.shared_circuits = Some(circuits);
        self
    }

    /// Sets the observer of the failover.
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

    /// Whether another server could help. It could not where the request itself is wrong (HTTP 400, 413 and
    /// 422, except for a prompt that is too long for this model, or a model that the server does not have),
    /// nor for the caller's own limits and settings. It could with a bad certificate, an invalid key, an empty
    /// account, an unknown model, or a server that asks not to be tried again.
    #[must_use]
    pub fn could_another_help(error: &Error) -> bool {
        verdict::leads_on(error)
    }

    /// Whether the server is to blame: an outage, a bad certificate, an invalid key (HTTP 401), an empty
    /// account. It is not where a prompt is too long, a model unknown (404) or something forbidden (403): the
    /// next request may succeed.
    #[must_use]
    pub fn is_this_to_blame(error: &Error) -> bool {
        verdict::counts(error)
    }

    pub(super) fn leads_on(&self, error: &Error) -> bool {
        self.leads_on.as_ref().map_or_else(|| verdict::leads_on(error), |leads| leads(error))
    }

    pub(super) fn counts(&self, error: &Error) -> bool {
        self.counts.as_ref().map_or_else(|| verdict::counts(error), |counts| counts(error))
    }

    /// The request for this provider.
    pub(super) fn request<'r, R: Asked>(&self, member: usize, request: &'r R) -> Cow<'r, R> {
        let (Some(names), Some(asked)) = (&self.model_names, request.model()) else {
            return Cow::Borrowed(request);
        };
        let name = names(member, asked);
        if name.as_deref() == Some(asked) {
            return Cow::Borrowed(request);
        }
        Cow::Owned(request.renamed(name))
    }

    /// How long the server asks not to be called, up to the longest cool-down; zero if it does not ask.
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
