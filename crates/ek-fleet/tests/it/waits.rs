//! How long a call waits for the store: as long as the options say, and for others as long as a lease lives.

use std::time::Duration;

use ek_fleet::{FleetOptions, OnLoss};
use ek_patterns::Estimate;
use tokio::time::Instant;

use crate::support::{TestStore, call, ledger, process, with_options};

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_costs_a_first_call_one_second_and_later_ones_nothing() {
    let store = TestStore::default();
    store.set_hangs(true);
    let ledger = ledger(&process(&store), 1_000);
    let start = Instant::now();
    assert!(!call(&ledger).await);
    assert_eq!(start.elapsed(), Duration::from_secs(1));
    assert!(!call(&ledger).await);
    assert_eq!(start.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_hangs_costs_a_call_fifty_milliseconds_once() {
    let store = TestStore::default();
    let ledger = ledger(&process(&store), 1_000);
    assert!(call(&ledger).await);
    store.set_hangs(true);
    let start = Instant::now();
    let mut longest = Duration::ZERO;
    for _ in 0..200 {
        let before = Instant::now();
        call(&ledger).await;
        longest = longest.max(before.elapsed());
    }
    assert!(longest <= Duration::from_millis(51), "{longest:?}");
    assert!(start.elapsed() <= Duration::from_millis(51), "only one of them waits");
}

#[tokio::test(start_paused = true)]
async fn a_short_pause_of_the_store_is_over_soon() {
    let store = TestStore::default();
    let refuse = FleetOptions::default().with_on_loss(OnLoss::Refuse);
    let ledger = ledger(&with_options(&store, refuse), 1_000);
    assert!(call(&ledger).await);
    store.set_hangs(true);
    while call(&ledger).await {}
    store.set_hangs(false);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert!(call(&ledger).await);
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_what_others_hold_as_long_as_a_lease_lives() {
    let store = TestStore::default();
    let options = || FleetOptions::default().with_lease(Duration::from_secs(4));
    let (first, second) = (with_options(&store, options()), with_options(&store, options()));
    let (first, second) = (ledger(&first, 1), ledger(&second, 1));
    let held = first.reserve(Estimate::new(1, 1)).or(first.acquire(Estimate::new(1, 1)).await);
    let start = Instant::now();
    assert!(!call(&second).await, "the only call is taken, and not sent yet");
    let waited = start.elapsed();
    assert!(waited < Duration::from_secs(6), "{waited:?}");
    drop(held.expect("the only call"));
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(call(&second).await, "it was never sent, so it came back");
}
