//! A store that counts its questions, and can be away or slow.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ek_fleet::{
    Answer, Fleet, FleetEvent, FleetOptions, LeaseAnswer, LeaseQuestion, MemoryStore, OpenCircuit,
    RateAnswer, RateQuestion, Store, StoreError, Window,
};
use ek_patterns::{Budget, Estimate, Ledger, Reservation};

/// Clones are one store.
#[derive(Debug, Clone, Default)]
pub(crate) struct TestStore {
    store: MemoryStore,
    questions: Arc<AtomicU64>,
    away: Arc<AtomicBool>,
    hangs: Arc<AtomicBool>,
    slow: Arc<AtomicU64>,
}

impl TestStore {
    /// The same store over another way, which can be away by itself.
    pub(crate) fn over_another_way(&self) -> Self {
        Self { store: self.store.clone(), ..Self::default() }
    }

    /// How often it was asked.
    pub(crate) fn questions(&self) -> u64 {
        self.questions.load(Ordering::SeqCst)
    }

    /// From now on it refuses to answer, or answers again.
    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// From now on it never answers, or answers again.
    pub(crate) fn set_hangs(&self, hangs: bool) {
        self.hangs.store(hangs, Ordering::SeqCst);
    }

    /// From now on it takes this long to answer.
    pub(crate) fn set_slow(&self, slow: Duration) {
        let slow = u64::try_from(slow.as_millis()).expect("some milliseconds");
        self.slow.store(slow, Ordering::SeqCst);
    }

    /// Asks the store, unless it is away.
    fn answer<'a, T: Send + 'a>(&'a self, ask: impl FnOnce() -> Answer<'a, T>) -> Answer<'a, T> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Box::pin(async { Err(StoreError::new("connection refused")) });
        }
        if self.hangs.load(Ordering::SeqCst) {
            return Box::pin(std::future::pending());
        }
        let slow = Duration::from_millis(self.slow.load(Ordering::SeqCst));
        let answer = ask();
        Box::pin(async move {
            if !slow.is_zero() {
                tokio::time::sleep(slow).await;
            }
            answer.await
        })
    }
}

impl Store for TestStore {
    fn lease<'a>(&'a self, question: &'a LeaseQuestion) -> Answer<'a, LeaseAnswer> {
        self.answer(|| self.store.lease(question))
    }

    fn rate<'a>(&'a self, question: &'a RateQuestion) -> Answer<'a, RateAnswer> {
        self.answer(|| self.store.rate(question))
    }

    fn circuits<'a>(
        &'a self,
        scope: &'a str,
        publish: Option<OpenCircuit>,
    ) -> Answer<'a, Vec<OpenCircuit>> {
        self.answer(|| self.store.circuits(scope, publish))
    }
}

/// A process of the fleet.
pub(crate) fn process(store: &TestStore) -> Fleet {
    with_options(store, FleetOptions::default())
}

pub(crate) fn with_options(store: &TestStore, options: FleetOptions) -> Fleet {
    Fleet::new(store.clone(), options).expect("options")
}

pub(crate) fn ledger(fleet: &Fleet, calls: u64) -> Ledger {
    fleet.ledger("team", Budget::default().with_calls(calls), Window::Forever).expect("a budget")
}

/// One call that was sent, if it is covered.
pub(crate) async fn call(ledger: &Ledger) -> bool {
    sent(ledger).await.map(drop).is_some()
}

pub(crate) async fn sent(ledger: &Ledger) -> Option<Reservation> {
    let mut reservation = ledger.acquire(Estimate::new(10, 100)).await.ok()?;
    reservation.mark_sent();
    Some(reservation)
}

/// Calls until the budget does not cover another one.
pub(crate) async fn all_calls(ledger: &Ledger) -> u64 {
    let mut calls = 0;
    while call(ledger).await {
        calls += 1;
    }
    calls
}

/// The events of a fleet, as words.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    pub(crate) fn observe(&self, options: FleetOptions) -> FleetOptions {
        let events = self.clone();
        options.with_observer(move |event| {
            let word = match event {
                FleetEvent::Lost { why, .. } => format!("lost: {why}"),
                FleetEvent::Back { away, .. } => format!("back after {}s", away.as_secs()),
                _ => format!("{event:?}"),
            };
            events.0.lock().expect("a lock").push(word);
        })
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.0.lock().expect("a lock").clone()
    }
}

/// Lets the tasks of the fleet run for this long.
pub(crate) async fn pass(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}
