//! One call over several providers: which one is next, which ones failed, and the error at the end.

use std::cmp::Reverse;
use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};
use tokio::time::Instant;

use super::member::CircuitPermit;
use super::{Failover, FailoverFailure};
use crate::observe::{self, Event};
use crate::{Budget, Ledger};

pub(super) struct Round<'a, P> {
    failover: &'a Failover<P>,
    /// What this one call has spent, over all providers.
    pub(super) ledger: Ledger,
    next: usize,
    failures: Vec<FailoverFailure>,
}

impl<'a, P> Round<'a, P> {
    pub(super) fn begin(failover: &'a Failover<P>) -> Result<Self> {
        let ledger = match &failover.options.ledger {
            Some(shared) => shared.child(Budget::default())?,
            None => Ledger::unlimited(),
        };
        Ok(Self { failover, ledger, next: 0, failures: Vec::new() })
    }

    /// The next provider that may be asked, and its number.
    pub(super) fn next(&mut self) -> Option<(usize, &'a P)> {
        let (now, Failover { members, options }) = (Instant::now(), self.failover);
        let index = (self.next..members.len()).find(|index| {
            let free_at = members[*index].free_at(*index, options, now);
            free_at.is_some_and(|at| at <= now)
        })?;
        self.next = index + 1;
        Some((index, &members[index].provider))
    }

    /// The permit for one call to this provider, unless its circuit has opened meanwhile.
    pub(super) fn enter(&self, to: usize) -> Option<CircuitPermit> {
        let Failover { members, options } = self.failover;
        let permit = members[to].enter(to, options)?;
        if let Some(last) = self.failures.last() {
            let event = Event::FailedOver { from: last.member, to, kind: last.error.kind() };
            observe::notify(options.observer.as_ref(), &event);
        }
        Some(permit)
    }

    /// Takes note of a failure.
    ///
    /// # Errors
    /// One that does not lead to the next provider, with what the whole call came to.
    pub(super) fn failed(&mut self, permit: CircuitPermit, error: Error) -> Result<()> {
        let member = permit.index;
        permit.failed(&error);
        self.failures.push(FailoverFailure { member, error: error.clone() });
        if self.failover.options.leads_on(&error) { Ok(()) } else { Err(self.close(error)) }
    }

    /// No provider is left to ask.
    pub(super) fn exhausted(self) -> Error {
        let now = Instant::now();
        let (members, options) = (&self.failover.members, &self.failover.options);
        let free_at = members.iter().enumerate();
        let free_at =
            free_at.filter_map(|(index, member)| member.free_at(index, options, now)).min();
        let wait = free_at.map(|at| at.saturating_duration_since(now));
        // A caller can act on an error that may be retried; of several on the one with the shortest wait.
        let chosen = self.failures.iter().enumerate().max_by_key(|(order, failure)| {
            let wait = failure.error.retry_after().unwrap_or_default();
            (failure.error.is_retryable(), Reverse(wait), *order)
        });
        let error = match chosen {
            Some((_, failure)) => failure.error.clone(),
            None => all_open(members.len()),
        };
        let error = self.close(error);
        match wait {
            Some(wait) if wait > Duration::ZERO => error.with_retry_after(wait),
            _ => error,
        }
    }

    /// The error that the call ends with.
    pub(super) fn close(&self, error: Error) -> Error {
        if self.failures.is_empty() {
            return error;
        }
        let attempts = self.failures.iter().map(|failure| failure.error.attempts());
        let attempts = attempts.fold(0, u32::saturating_add);
        let failures = self.failures.clone();
        error.with_attempts(attempts).with_spend(self.ledger.spend()).with_detail(failures)
    }
}

/// Nothing was sent, as where no connection could be made.
fn all_open(members: usize) -> Error {
    let why = format!("each of the {members} providers has failed and is not asked for a while");
    Error::new(ErrorKind::Connect, why).with_attempts(0)
}
