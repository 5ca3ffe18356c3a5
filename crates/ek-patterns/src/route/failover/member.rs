//! One provider of a failover with its circuit, and the leave for one call to it.

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

    /// Leave for one call, unless the circuit is open.
    pub(super) fn enter(&self, index: usize, options: &Arc<FailoverOptions>) -> Option<Permit> {
        let pass = lock(&self.circuit).pass(Instant::now())?;
        let (circuit, options) = (Arc::clone(&self.circuit), Arc::clone(options));
        Some(Permit { index, circuit, pass: Some(pass), options })
    }

    /// When the next call will be let through, where that is known.
    pub(super) fn free_at(&self, now: Instant) -> Option<Instant> {
        lock(&self.circuit).free_at(now)
    }
}

/// Leave for one call. Dropped without a verdict it makes room for the next probe.
pub(super) struct Permit {
    pub(super) index: usize,
    circuit: Arc<Mutex<Circuit>>,
    pass: Option<Pass>,
    options: Arc<FailoverOptions>,
}

impl Permit {
    /// The provider answered.
    pub(super) fn answered(&self) {
        let Some(pass) = self.pass else { return };
        let change = lock(&self.circuit).answered(pass);
        self.tell(change);
    }

    /// The call ended with an error: one that counts against the provider, or else one that may show
    /// that it is there.
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
        self.tell(change);
    }

    fn tell(&self, change: Change) {
        let member = self.index;
        let event = match change {
            Change::None => return,
            Change::Opened(open_for) => Event::CircuitOpened { member, open_for },
            Change::Closed => Event::CircuitClosed { member },
        };
        observe::tell(self.options.observer.as_ref(), &event);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(pass) = self.pass {
            lock(&self.circuit).left(pass, Instant::now());
        }
    }
}

/// Whether such an error comes from a provider that works, and only says no.
fn shows_life(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Rejected | ErrorKind::QuotaExhausted | ErrorKind::TooLarge)
}
