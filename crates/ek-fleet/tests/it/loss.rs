//! Without the store: what a process may still do, and how the fleet agrees again.

use std::time::Duration;

use ek_core::ErrorKind;
use ek_fleet::{FleetOptions, OnLoss};
use ek_patterns::{Estimate, Ledger};

use crate::support::{Events, TestStore, all_calls, call, ledger, pass, with_options};

fn options(on_loss: OnLoss) -> FleetOptions {
    FleetOptions::default().with_on_loss(on_loss)
}

/// Calls at once, without waiting for the store.
fn at_once(ledger: &Ledger, most: usize) -> usize {
    let calls = (0..most).map_while(|_| ledger.reserve(Estimate::new(1, 1)).ok());
    calls.map(|mut call| call.mark_sent()).count()
}

#[tokio::test(start_paused = true)]
async fn loss_and_return_are_one_event_each_with_the_reason_and_the_time() {
    let (store, events) = (TestStore::default(), Events::default());
    let fleet = with_options(&store, events.observe(options(OnLoss::Refuse)));
    let ledger = ledger(&fleet, 1_000);
    assert!(call(&ledger).await);
    store.set_away(true);
    while call(&ledger).await {}
    pass(30.0).await;
    store.set_away(false);
    pass(2.0).await;
    let seen = events.seen();
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert_eq!(seen[0], "lost: connection refused");
    assert!(seen[1] == "back after 30s" || seen[1] == "back after 31s", "{seen:?}");
    assert!(call(&ledger).await);
}

#[tokio::test(start_paused = true)]
async fn refuse_spends_what_the_process_holds_and_no_more() {
    let store = TestStore::default();
    let ledger = ledger(&with_options(&store, options(OnLoss::Refuse)), 1_000);
    assert!(call(&ledger).await);
    store.set_away(true);
    assert_eq!(all_calls(&ledger).await, 49);
    let error = ledger.acquire(Estimate::new(1, 1)).await.expect_err("the store is away");
    assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
    assert!(
        error.to_string().contains("shared budget team is away (connection refused), and"),
        "{error}"
    );
    store.set_away(false);
    pass(2.0).await;
    assert_eq!(all_calls(&ledger).await, 950, "nothing was lost, and nothing counted twice");
}

/// Four processes have a lease when the store is lost: each may spend a quarter of what was left.
#[tokio::test(start_paused = true)]
async fn local_spends_a_share_by_the_last_known_number_of_processes() {
    let store = TestStore::default();
    let ledgers: Vec<Ledger> = (0..4)
        .map(|_| ledger(&with_options(&store, options(OnLoss::Local(None))), 1_000))
        .collect();
    let mut calls = 0;
    for _ in 0..2 {
        for ledger in &ledgers {
            let taken = at_once(ledger, 60);
            assert!(call(ledger).await);
            calls += taken + 1;
        }
    }
    pass(4.0).await; // each hears how much is left
    store.set_away(true);
    for ledger in &ledgers {
        calls += usize::try_from(all_calls(ledger).await).expect("a number");
    }
    assert!((900..=1_000).contains(&calls), "{calls} calls");
    store.set_away(false);
    pass(5.0).await;
    for ledger in &ledgers {
        calls += usize::try_from(all_calls(ledger).await).expect("a number");
    }
    assert_eq!(calls, 1_000, "all was reported");
}

/// Two of four processes lose the store: the others spend the whole budget, and the two their shares on top.
#[tokio::test(start_paused = true)]
async fn what_local_overspends_is_at_most_the_shares_of_those_that_lost_the_store() {
    let store = TestStore::default();
    let ways = [(); 4].map(|()| store.over_another_way());
    let with = |way| ledger(&with_options(way, options(OnLoss::Local(None))), 1_000);
    let ledgers: Vec<Ledger> = ways.iter().map(with).collect();
    for ledger in &ledgers {
        assert!(call(ledger).await);
    }
    pass(4.0).await; // each hears of all four, and that 4 were spent
    for ledger in &ledgers {
        assert!(call(ledger).await);
    }
    pass(4.0).await;
    for way in &ways[2..] {
        way.set_away(true);
    }
    let mut calls = 8;
    for ledger in &ledgers {
        calls += all_calls(ledger).await;
    }
    let (budget, left, processes) = (1_000, 1_000, 4);
    assert!(calls > budget + 200, "{calls} calls: the two spent shares");
    assert!(calls <= budget + 2 * left / processes, "{calls} calls");
    for way in &ways[2..] {
        way.set_away(false);
    }
    pass(20.0).await;
    for ledger in &ledgers {
        assert_eq!(all_calls(ledger).await, 0, "all of it was reported");
    }
}

#[tokio::test(start_paused = true)]
async fn a_given_share_holds_even_where_the_store_was_never_heard_of() {
    for (on_loss, calls) in [(OnLoss::Local(Some(0.1)), 100), (OnLoss::Local(None), 0)] {
        let store = TestStore::default();
        store.set_away(true);
        let ledger = ledger(&with_options(&store, options(on_loss)), 1_000);
        assert_eq!(all_calls(&ledger).await, calls, "{on_loss:?}");
        store.set_away(false);
        pass(2.0).await;
        assert_eq!(all_calls(&ledger).await, 1_000 - calls, "{on_loss:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn allow_makes_all_calls_and_reports_them_afterwards() {
    let store = TestStore::default();
    let allowed = ledger(&with_options(&store, options(OnLoss::Allow)), 1_000);
    assert!(call(&allowed).await);
    store.set_away(true);
    // The process finds out by a question that fails.
    assert!(at_once(&allowed, 60) < 60 && call(&allowed).await);
    assert_eq!(at_once(&allowed, 600), 600);
    store.set_away(false);
    pass(2.0).await;
    let other = ledger(&with_options(&store, FleetOptions::default()), 1_000);
    let rest = all_calls(&other).await;
    assert_eq!(rest, 1_000 - (1 + 49 + 1 + 600), "the others learn what was spent");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_was_away_for_longer_than_its_lease_keeps_what_it_had_paid_for() {
    let store = TestStore::default();
    let first = ledger(&with_options(&store, options(OnLoss::Refuse)), 1_000);
    assert!(call(&first).await); // it holds 49 more
    store.set_away(true);
    pass(60.0).await;
    store.set_away(false);
    // Somebody else finds the lease expired: all of it counts as spent.
    let second = ledger(&with_options(&store, FleetOptions::default()), 1_000);
    assert!(call(&second).await);
    pass(2.0).await;
    let calls = 2 + all_calls(&second).await + all_calls(&first).await;
    assert_eq!(calls, 1_000);
}

#[tokio::test(start_paused = true)]
async fn an_observer_that_panics_makes_no_call_fail() {
    let store = TestStore::default();
    let options = options(OnLoss::Allow).with_observer(|_| panic!("an observer"));
    let ledger = ledger(&with_options(&store, options), 1_000);
    store.set_away(true);
    assert!(call(&ledger).await);
    pass(Duration::from_secs(3).as_secs_f64()).await;
    store.set_away(false);
    pass(2.0).await;
    assert!(call(&ledger).await);
}
