//! The way to the store: how long it may take, and whether it is away.
//!
//! It stands apart because all that asks the store shares it: when one of them finds the store away, the others
//! need not wait to find out too.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};

use crate::store::{Answer, Store};
use crate::{FleetEvent, FleetOptions};

/// How long the first answer may take, since the connection has to be made for it; and the last one, since
/// nobody asks again.
const PATIENCE: Duration = Duration::from_secs(1);

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
}

#[derive(Debug, Clone, Copy)]
enum Health {
    /// It was not asked yet.
    New,
    Well,
    Away {
        since: Instant,
    },
}

impl Link {
    pub(crate) fn new(store: Box<dyn Store>, options: FleetOptions, runtime: Handle) -> Self {
        let process = format!("{:032x}", fastrand::u128(..));
        Self { store, options, runtime, process, health: Mutex::new(Health::New) }
    }

    /// The name of a scope in the store.
    pub(crate) fn scope(&self, name: &str) -> String {
        format!("{}:{name}", self.options.prefix)
    }

    /// Whether the store did not answer when it was last asked.
    pub(crate) fn is_away(&self) -> bool {
        matches!(self.health(), Health::Away { .. })
    }

    /// How long to wait before the store is asked again, while it is away: as long as it is away already, so that
    /// a short pause is over soon and a long one costs little.
    pub(crate) fn retry_in(&self) -> Option<Duration> {
        match self.health() {
            Health::Away { since } => Some(since.elapsed().max(self.options.timeout).min(RETRY)),
            Health::New | Health::Well => None,
        }
    }

    /// Waits for an answer, for as long as the store may take; `None` if it is away.
    pub(crate) async fn ask<T>(&self, answer: Answer<'_, T>) -> Option<T> {
        let limit = match self.health() {
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
                self.enter(Health::Well, None);
                Some(answer)
            }
            Ok(Err(error)) => {
                self.enter(Health::Away { since: Instant::now() }, Some(error.to_string()));
                None
            }
            Err(_) => {
                let why = format!("no answer within {limit:?}");
                self.enter(Health::Away { since: Instant::now() }, Some(why));
                None
            }
        }
    }

    fn enter(&self, next: Health, why: Option<String>) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let event = match (*health, next) {
            (Health::Away { since }, Health::Well) => FleetEvent::Back { away: since.elapsed() },
            (Health::New | Health::Well, Health::Away { .. }) => {
                FleetEvent::Lost { why: why.unwrap_or_default() }
            }
            // The time since when it is away stays.
            (Health::Away { .. }, Health::Away { .. }) => return,
            _ => {
                *health = next;
                return;
            }
        };
        *health = next;
        drop(health);
        if let Some(observer) = &self.options.observer {
            // An observer cannot make a call fail.
            let _ = catch_unwind(AssertUnwindSafe(|| observer(&event)));
        }
    }

    fn health(&self) -> Health {
        *self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
