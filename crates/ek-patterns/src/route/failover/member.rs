//! One provider of a failover with its circuit, and the permit for one call to it.

use std::sync::{Arc, Mutex};

use ek_core::{Error, ErrorKind};
use tokio::time::Instant;

use super::FailoverOptions;
use super::circuit::{Change, Circuit, Pass};
use crate::observe::{self, Event};
use crate::sync::lock;

pub(super) struct Member<P> {
    pub(super) provider: P,
    circuit: Arc<Mutex<Circuit>>,
}

impl<P> Member<P> {
    pub(super) fn new(provider: P) -> Self {
        Self { provider, circuit: Arc::default() }
    }

    /// The permit for one call, unless the circuit is open.
    pub(super) fn enter(
        &self,
        index: usize,
        options: &Arc<FailoverOptions>,
    ) -> Option<CircuitPermit> {
        let now = Instant::now();
        let shared = options.shared_circuits.as_ref().and_then(|shared| shared.open_until(index));
        if shared.is_some_and(|until| until > now) {
            return None;
        }
        let pass = lock(&self.circuit).pass(now)?;
        let (circuit, options) = (Arc::clone(&self.circuit), Arc::clone(options));
        Some(CircuitPermit { index, circuit, pass: Some(pass), options })
    }

    /// When the next call will be let through, where that is known.
    pub(super) fn free_at(
        &self,
        index: usize,
        options: &FailoverOptions,
        now: Instant,
    ) -> Option<Instant> {
        let own = lock(&self.circuit).free_at(now)?;
        let shared = options.shared_circuits.as_ref().and_then(|shared| shared.open_until(index));
        Some(shared.map_or(own, |until| until.max(own)))
    }
}

/// The permit for one call. Dropped without an answer or an error, it lets the next probe through.
pub(super) struct CircuitPermit {
    pub(super) index: usize,
    circuit: Arc<Mutex<Circuit>>,
    pass: Option<Pass>,
    options: Arc<FailoverOptions>,
}

impl CircuitPermit {
    /// The provider has begun to answer.
    pub(super) fn begun(&mut self) {
        let Some(pass) = self.pass else { return };
        let (pass, change) = lock(&self.circuit).begun(pass);
        self.pass = Some(pass);
        self.notify(change);
    }

    /// The provider answered.
    pub(super) fn answered(&self) {
        let Some(pass) = self.pass else { return };
        let change = lock(&self.circuit).answered(pass);
        self.notify(change);
    }

    /// The call ended with an error: one that counts against the provider, or one that may show that the
    /// provider works.
    pub(super) fn failed(mut self, error: &Error) {
        if !self.options.counts(error) {
            if shows_life(error) {
                self.answered();
            }
            return;
        }
        let Some(pass) = self.pass.take() else { return };
        let options = &self.options;
        let limits = (options.failures, options.cool_down);
        let asked = options.asked(error);
        let change = lock(&self.circuit).failed(pass, Instant::now(), limits, asked);
        if let (Change::Opened(open_for), Some(shared)) = (change, &options.shared_circuits) {
            shared.opened(self.index, open_for, error.kind());
        }
        self.notify(change);
    }

    fn notify(&self, change: Change) {
        let member = self.index;
        let event = match change {
            Change::None => return,
            Change::Opened(open_for) => Event::CircuitOpened { member, open_for },
            Change::Closed => Event::CircuitClosed { member },
        };
        observe::notify(self.options.observer.as_ref(), &event);
    }
}

impl Drop for CircuitPermit {
    fn drop(&mut self) {
        if let Some(pass) = self.pass {
            lock(&self.circuit).left(pass, Instant::now());
        }
    }
}

/// Whether such an error comes from a provider that works, and refuses this request.
fn shows_life(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Rejected | ErrorKind::QuotaExhausted | ErrorKind::TooLarge)
}
