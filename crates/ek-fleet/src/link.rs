//! The way to the store: how long it may take, and whether it is away.
//!
//! It stands apart because all that asks the store shares it: when one of them finds the store away, the others
//! need not wait to find out too.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::store::{Answer, LeaseQuestion, Store};
use crate::{FleetEvent, FleetOptions};

/// How long the first answer may take, since the connection has to be made for it; and the last one, since the
/// question cannot be asked again.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest time for which one answer of a provider keeps the whole fleet from it.
pub(crate) const LONGEST_COOL_DOWN: Duration = Duration::from_secs(3_600);

/// The longest time until a store that is away is asked again.
pub(crate) const RETRY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) store: Box<dyn Store>,
    pub(crate) options: FleetOptions,
    pub(crate) runtime: Handle,
    /// What no other process has: the beginning of its leases' names.
    pub(crate) process: String,
    health: Mutex<Health>,
    /// Reports of budgets that are gone, which are on their way.
    last_reports: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Debug)]
enum Health {
    /// It was not asked yet.
    New,
    Well,
    Away {
        since: Instant,
        /// Why the last question had no answer.
        why: String,
    },
}

impl Link {
    pub(crate) fn new(store: Box<dyn Store>, options: FleetOptions, runtime: Handle) -> Self {
        let process = format!("{:032x}", fastrand::u128(..));
        let health = Mutex::new(Health::New);
        Self { store, options, runtime, process, health, last_reports: Mutex::default() }
    }

    /// Sends a report that no one waits for but [`arrived`](Self::arrived).
    pub(crate) fn send_last(self: &Arc<Self>, question: LeaseQuestion) {
        let this = Arc::clone(self);
        let report = self.runtime.spawn(async move {
            let _ = this.ask_last(this.store.lease(&question)).await;
        });
        let mut reports = self.last_reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports.retain(|report| !report.is_finished());
        reports.push(report);
    }

    /// Waits until the last reports have arrived, for as long as the store may take.
    pub(crate) async fn arrived(&self) {
        let reports = {
            let mut reports = self.last_reports.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *reports)
        };
        for report in reports {
            // One that was cancelled with its runtime does not arrive.
            let _ = report.await;
        }
    }

    /// The name of a scope in the store.
    pub(crate) fn scope(&self, name: &str) -> String {
        format!("{}:{name}", self.options.prefix)
    }

    /// Whether the store did not answer when it was last asked.
    pub(crate) fn is_away(&self) -> bool {
        matches!(*self.health(), Health::Away { .. })
    }

    /// Why the store is away: without an address or a secret.
    pub(crate) fn why_away(&self) -> Option<String> {
        match &*self.health() {
            Health::Away { why, .. } => Some(why.clone()),
            Health::New | Health::Well => None,
        }
    }

    /// How long to wait before the store is asked again, while it is away: as long as it is away already, so that
    /// a short pause is over soon and a long one costs little.
    pub(crate) fn retry_in(&self) -> Option<Duration> {
        match &*self.health() {
            Health::Away { since, .. } => {
                Some(since.elapsed().max(self.options.timeout).min(RETRY))
            }
            Health::New | Health::Well => None,
        }
    }

    /// Waits for an answer, for as long as the store may take; `None` if it is away.
    pub(crate) async fn ask<T>(&self, answer: Answer<'_, T>) -> Option<T> {
        let limit = match *self.health() {
            Health::New => PATIENCE.max(self.options.timeout),
            Health::Well | Health::Away { .. } => self.options.timeout,
        };
        self.ask_within(limit, answer).await
    }

    /// As [`ask`](Self::ask), for the last question of all.
    pub(crate) async fn ask_last<T>(&self, answer: Answer<'_, T>) -> Option<T> {
        self.ask_within(PATIENCE.max(self.options.timeout), answer).await
    }

    async fn ask_within<T>(&self, limit: Duration, answer: Answer<'_, T>) -> Option<T> {
        match timeout(limit, answer).await {
            Ok(Ok(answer)) => {
                self.found();
                Some(answer)
            }
            Ok(Err(error)) => {
                self.lost(error.to_string());
                None
            }
            Err(_) => {
                self.lost(format!("no answer within {limit:?}"));
                None
            }
        }
    }

    fn found(&self) {
        let before = std::mem::replace(&mut *self.health(), Health::Well);
        if let Health::Away { since, .. } = before {
            self.observe(&FleetEvent::Back { away: since.elapsed() });
        }
    }

    fn lost(&self, reason: String) {
        let mut health = self.health();
        if let Health::Away { why, .. } = &mut *health {
            // The time since when it is away stays.
            *why = reason;
            return;
        }
        *health = Health::Away { since: Instant::now(), why: reason.clone() };
        drop(health);
        self.observe(&FleetEvent::Lost { why: reason });
    }

    fn observe(&self, event: &FleetEvent) {
        if let Some(observer) = &self.options.observer {
            // An observer cannot make a call fail.
            let _ = catch_unwind(AssertUnwindSafe(|| observer(event)));
        }
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
