//! The settings of a fleet, and what it tells while it runs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};

/// What a process does when it needs more and the store is away.
///
/// What it holds already can be spent in any case. Beyond the whole budget, a fleet spends at most the sum of the
/// shares of those processes that lost the store; with [`Refuse`](Self::Refuse), nothing.
///
/// ```
/// use ek_fleet::{FleetOptions, OnLoss};
///
/// // A tenth of what was left, and no more, until the store is back.
/// let options = FleetOptions::default().with_on_loss(OnLoss::Local(Some(0.1)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum OnLoss {
    /// It goes on with this share of what was left when the store was last heard of: above 0, and at most 1.
    /// `None` is one part of as many as there were processes then. Where the store was never heard of, a given
    /// share is one of the whole budget, and `None` is nothing.
    Local(Option<f64>),
    /// It refuses calls.
    Refuse,
    /// It makes all calls, without a limit, and reports them when the store is back.
    Allow,
}

/// Something that happened between this process and the store.
///
/// ```
/// use ek_fleet::{FleetEvent, FleetOptions};
///
/// let options = FleetOptions::default().with_observer(|event| match event {
///     FleetEvent::Lost { why, .. } => eprintln!("the store is away: {why}"),
///     FleetEvent::Back { away, .. } => eprintln!("the store is back after {away:?}"),
///     _ => {}
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FleetEvent {
    /// The store did not answer.
    #[non_exhaustive]
    Lost {
        /// Why: without an address or a secret.
        why: String,
    },
    /// The store answers again.
    #[non_exhaustive]
    Back {
        /// How long it was away.
        away: Duration,
    },
}

type Observe = Arc<dyn Fn(&FleetEvent) + Send + Sync>;

/// The settings of a [`Fleet`](crate::Fleet).
///
/// ```
/// use ek_fleet::{FleetOptions, OnLoss};
/// let options = FleetOptions::default()
///     .with_prefix("shop")
///     .with_on_loss(OnLoss::Refuse)
///     .with_observer(|event| eprintln!("{event:?}"));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct FleetOptions {
    /// What all names of this application begin with in the store. Default: `ek`.
    pub prefix: String,
    /// The largest slice that a process reserves of a budget or a rate at once, in calls; at least 1.
    /// Default: 50.
    pub slice: u32,
    /// How long a lease lives when its process is not heard of any more; a living process is heard of three
    /// times as often. From 100 ms to a day. Default: 10 s.
    pub lease: Duration,
    /// How long the store may take to answer before it counts as away. The first answer may take 1 s, since the
    /// connection has to be made for it. Default: 50 ms.
    pub timeout: Duration,
    /// What to do while the store is away. Default: `Local(None)`.
    pub on_loss: OnLoss,
    /// Is called when the store is lost and when it is back, from the task that asked it. Default: none.
    pub observer: Option<Observe>,
}

impl Default for FleetOptions {
    fn default() -> Self {
        Self {
            prefix: "ek".to_owned(),
            slice: 50,
            lease: Duration::from_secs(10),
            timeout: Duration::from_millis(50),
            on_loss: OnLoss::Local(None),
            observer: None,
        }
    }
}

impl FleetOptions {
    /// Sets what all names begin with.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the largest slice, in calls.
    #[must_use]
    pub fn with_slice(mut self, slice: u32) -> Self {
        self.slice = slice;
        self
    }

    /// Sets the lifetime of a lease.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets how long the store may take to answer.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets what to do while the store is away.
    #[must_use]
    pub fn with_on_loss(mut self, on_loss: OnLoss) -> Self {
        self.on_loss = on_loss;
        self
    }

    /// Sets what is called when the store is lost and when it is back.
    #[must_use]
    pub fn with_observer(mut self, observer: impl Fn(&FleetEvent) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        let share_is_sound = match self.on_loss {
            OnLoss::Local(Some(share)) => share > 0.0 && share <= 1.0,
            _ => true,
        };
        let why = if self.slice == 0 {
            "the slice of a fleet is 0 calls"
        } else if self.lease < Duration::from_millis(100) {
            "the lease of a fleet is shorter than 100 ms"
        } else if self.lease > Duration::from_secs(86_400) {
            "the lease of a fleet is longer than a day"
        } else if self.timeout.is_zero() {
            "the fleet's store has no time to answer"
        } else if !share_is_sound {
            "the share of a process without the store is not above 0 and at most 1"
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Config, why))
    }
}

impl fmt::Debug for FleetOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetOptions")
            .field("prefix", &self.prefix)
            .field("slice", &self.slice)
            .field("lease", &self.lease)
            .field("timeout", &self.timeout)
            .field("on_loss", &self.on_loss)
            .finish_non_exhaustive()
    }
}
