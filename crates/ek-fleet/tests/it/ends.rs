//! A fleet whose runtime has ended, and a store that answers nonsense: no call hangs, and nothing panics.

use std::time::Duration;

use ek_core::ErrorKind;
use ek_fleet::{
    Answer, Fleet, FleetOptions, LeaseAnswer, LeaseQuestion, MemoryStore, OpenCircuit, Rate,
    RateAnswer, RateQuestion, Store, Window,
};
use ek_patterns::{Budget, Estimate, Ledger, RetryConfig, retry_complete};
use tokio::time::Instant;

use crate::support::{TestStore, call, ledger, pass, process};

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().expect("a runtime")
}

#[test]
fn after_the_end_of_its_runtime_a_fleet_spends_what_it_holds_and_then_refuses() {
    let store = TestStore::default();
    let first = runtime();
    let (ledger, limiter) = first.block_on(async {
        let fleet = process(&store);
        let ledger = ledger(&fleet, 1_000);
        assert!(call(&ledger).await);
        (ledger, fleet.limiter("account", Rate::per_minute(600)).expect("a rate"))
    });
    drop(first);
    runtime().block_on(async {
        let start = Instant::now();
        let rest = (0..100).map_while(|_| ledger.reserve(Estimate::new(1, 1)).ok());
        assert_eq!(rest.map(|mut call| call.mark_sent()).count(), 49);
        let error = ledger.acquire(Estimate::new(1, 1)).await.expect_err("no task asks the store");
        assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
        assert!(error.to_string().contains("has ended with its runtime"), "{error}");
        let provider = ek_mock::MockProvider::new(["x"]);
        let config = RetryConfig::none().with_limiter(limiter);
        let request = ek_core::ChatRequest::user("x");
        let error =
            retry_complete(&config, &provider, &request).await.expect_err("no task asks the store");
        assert!(error.to_string().contains("has ended with its runtime"), "{error}");
        assert_eq!(start.elapsed(), Duration::ZERO);
    });
}

#[tokio::test(start_paused = true)]
async fn to_close_a_fleet_is_to_wait_for_the_reports_of_ledgers_that_are_gone() {
    let store = TestStore::default();
    let fleet = process(&store);
    let gone = ledger(&fleet, 100);
    assert!(call(&gone).await);
    let before = store.questions();
    store.set_slow(Duration::from_millis(500));
    let start = Instant::now();
    drop(gone);
    fleet.close().await;
    assert_eq!(store.questions(), before + 1);
    assert_eq!(start.elapsed(), Duration::from_millis(500));
}

/// Changes the answers of a store in memory.
#[derive(Debug, Default)]
struct Nonsense(MemoryStore);

impl Store for Nonsense {
    fn lease<'a>(&'a self, question: &'a LeaseQuestion) -> Answer<'a, LeaseAnswer> {
        Box::pin(async {
            let answer = self.0.lease(question).await?;
            Ok(LeaseAnswer { window: (0, Some(Duration::MAX)), ..answer })
        })
    }

    fn rate<'a>(&'a self, question: &'a RateQuestion) -> Answer<'a, RateAnswer> {
        Box::pin(async {
            let cooling = Duration::MAX;
            let (at, holders) = (i64::MAX, u64::MAX);
            self.0.rate(question).await?;
            Ok(RateAnswer { requests_at: at, tokens_at: at, cooling, holders })
        })
    }

    fn circuits<'a>(
        &'a self,
        _: &'a str,
        publish: Option<OpenCircuit>,
    ) -> Answer<'a, Vec<OpenCircuit>> {
        let open_for = Duration::MAX;
        let open = publish.map(|open| OpenCircuit { open_for, ..open });
        Box::pin(async { Ok(open.into_iter().collect()) })
    }
}

#[tokio::test(start_paused = true)]
async fn times_that_no_clock_can_hold_make_nothing_panic() {
    let fleet = Fleet::new(Nonsense::default(), FleetOptions::default()).expect("options");
    let budget = Budget::default().with_calls(1_000);
    let ledger: Ledger = fleet.ledger("team", budget, Window::Day).expect("a budget");
    assert!(call(&ledger).await);
    let rate = Rate::per_minute(60).with_tokens_per_minute(60);
    let limiter = fleet.limiter("account", rate).expect("a rate");
    let waits = tokio::time::timeout(Duration::from_secs(7_200), limiter.acquire_tokens(30)).await;
    waits.expect_err("its place is far in the future");
    limiter.cool_down(Some(Duration::MAX));
    let circuits = fleet.circuits("account", ["near"]);
    circuits.opened(0, Duration::MAX, ErrorKind::Server);
    pass(1.0).await;
    let _ = circuits.open_until(0);
    assert!(call(&ledger).await);
}

#[tokio::test(start_paused = true)]
async fn one_answer_of_a_provider_keeps_the_fleet_from_it_for_an_hour_at_most() {
    let (store, year) = (TestStore::default(), Duration::from_secs(365 * 86_400));
    let fleets = [process(&store), process(&store)];
    let [first, second] = [0, 1].map(|at| fleets[at].circuits("account", ["near"]));
    first.opened(0, year, ErrorKind::RateLimited);
    let limiters = [0, 1].map(|at| fleets[at].limiter("rate", Rate::per_minute(600)));
    let [one, other] = limiters.map(|limiter| limiter.expect("a rate"));
    one.cool_down(Some(year));
    pass(1.1).await;
    let start = Instant::now();
    assert_eq!(second.open_until(0), None, "it is asked for when it is used");
    pass(0.1).await;
    let until = second.open_until(0).expect("it is open");
    assert!((3_590..=3_600).contains(&(until - start).as_secs()), "{:?}", until - start);
    other.acquire().await;
    assert!((3_590..=3_605).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}
