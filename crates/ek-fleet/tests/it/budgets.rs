//! What the processes of a fleet spend together is the budget, to the last call.

use std::time::Duration;

use ek_core::{ChatRequest, ErrorKind, LlmResponse, Usage};
use ek_fleet::{Fleet, FleetOptions, OnLoss, Window};
use ek_mock::MockProvider;
use ek_patterns::{Budget, Estimate, Rates};

use crate::support::{TestStore, all_calls, call, ledger, pass, process, sent, with_options};

#[tokio::test(start_paused = true)]
async fn eight_processes_dispatch_exactly_the_budget() {
    let store = TestStore::default();
    let fleets: Vec<Fleet> = (0..8).map(|_| process(&store)).collect();
    let callers = fleets.iter().map(|fleet| {
        let ledger = ledger(fleet, 1_000);
        tokio::spawn(async move { all_calls(&ledger).await })
    });
    let mut calls = 0;
    for caller in callers.collect::<Vec<_>>() {
        calls += caller.await.expect("a process");
    }
    assert_eq!(calls, 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_large_budget_costs_one_question_in_more_than_twenty_calls() {
    let store = TestStore::default();
    let ledger = ledger(&process(&store), 1_000_000);
    for _ in 0..10_000 {
        assert!(call(&ledger).await);
    }
    let questions = store.questions();
    assert!((1..=10_000 / 30).contains(&questions), "{questions} questions");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_has_room_does_not_wait_even_if_the_store_hangs() {
    let store = TestStore::default();
    let ledger = ledger(&process(&store), 1_000_000);
    assert!(call(&ledger).await);
    store.set_hangs(true);
    // `reserve` cannot wait: 50 were leased, and one is used.
    let kept: Vec<_> =
        (0..49).map(|_| ledger.reserve(Estimate::new(1, 1)).expect("room")).collect();
    assert!(ledger.reserve(Estimate::new(1, 1)).is_err());
    drop(kept);
}

#[tokio::test(start_paused = true)]
async fn a_slice_is_a_twentieth_of_what_is_left_and_at_most_the_option() {
    for (budget, slice, room) in [(100, 50, 5), (10_000, 50, 50), (10_000, 7, 7), (9, 50, 1)] {
        let store = TestStore::default();
        let options = FleetOptions::default().with_slice(slice);
        let ledger = ledger(&with_options(&store, options), budget);
        let first = ledger.acquire(Estimate::new(1, 1)).await.expect("the first");
        let more = (0..200).map_while(|_| ledger.reserve(Estimate::new(1, 1)).ok());
        let kept: Vec<_> = more.collect();
        assert_eq!(kept.len() + 1, room, "{budget} calls in slices of {slice}");
        drop((first, kept));
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_idle_process_holds_comes_back_to_the_others() {
    let store = TestStore::default();
    let (idle, busy) = (process(&store), process(&store));
    let idle = ledger(&idle, 1_000);
    assert!(call(&idle).await); // it holds 49 more
    let busy = ledger(&busy, 1_000);
    // Others may help until the life of a lease is over; the idle one gives back before.
    assert_eq!(all_calls(&busy).await, 999);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_ends_gives_back_what_it_has_not_used() {
    let store = TestStore::default();
    let first = process(&store);
    let used = ledger(&first, 1_000);
    assert!(call(&used).await);
    first.close().await;
    drop((used, first));
    let fleet = with_options(&store, FleetOptions::default().with_slice(1));
    let next = ledger(&fleet, 1_000);
    assert_eq!(all_calls(&next).await, 999);
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_under_way_for_longer_than_a_lease_stay_reserved() {
    let store = TestStore::default();
    let first = ledger(&process(&store), 10);
    let (a, b) = (sent(&first).await, sent(&first).await);
    pass(60.0).await;
    let second = ledger(&process(&store), 10);
    assert_eq!(all_calls(&second).await, 8);
    drop((a, b));
}

#[tokio::test(start_paused = true)]
async fn tokens_that_a_call_did_not_need_can_be_spent_by_another_process() {
    let store = TestStore::default();
    let budget = || Budget::default().with_output_tokens(1_000);
    let (first, second) = (process(&store), process(&store));
    let first = first.ledger("team", budget(), Window::Forever).expect("a budget");
    let second = second.ledger("team", budget(), Window::Forever).expect("a budget");
    let mut large = first.acquire(Estimate::new(1, 900)).await.expect("it is covered");
    large.mark_sent();
    let waits = tokio::spawn(async move { second.acquire(Estimate::new(1, 800)).await.map(drop) });
    pass(1.0).await;
    assert!(!waits.is_finished());
    large.settle(Usage::new(1, 100));
    waits.await.expect("a call").expect("the first needed 100 of its 900");
}

#[tokio::test(start_paused = true)]
async fn money_is_shared_to_the_millionth() {
    let store = TestStore::default();
    let budget = || Budget::default().with_cost(Rates::per_million(1.0, 1.0), 0.001);
    let provider = MockProvider::new([LlmResponse::text("x").with_usage(Usage::new(10, 90))]);
    let request = ChatRequest::user("abcdefgh").with_max_tokens(90);
    let mut answered = 0;
    for _ in 0..2 {
        let fleet = process(&store);
        let ledger = fleet.ledger("team", budget(), Window::Forever).expect("a budget");
        for _ in 0..6 {
            answered += u64::from(ledger.complete(&provider, &request).await.is_ok());
        }
        fleet.close().await;
    }
    assert_eq!(answered, 10, "each call costs 100 of 1,000 millionths");
}

#[tokio::test(start_paused = true)]
async fn a_day_s_budget_begins_anew_the_next_day() {
    let store = TestStore::default();
    let fleet = process(&store);
    let day =
        fleet.ledger("team", Budget::default().with_calls(30), Window::Day).expect("a budget");
    assert_eq!(all_calls(&day).await, 30);
    pass(24.0 * 3_600.0).await;
    assert_eq!(all_calls(&day).await, 30);
}

#[tokio::test(start_paused = true)]
async fn parts_of_a_shared_ledger_have_limits_of_their_own() {
    let store = TestStore::default();
    let fleet = process(&store);
    let team = ledger(&fleet, 10);
    let question = team.child(Budget::default().with_calls(2)).expect("a budget");
    assert_eq!(all_calls(&question).await, 2);
    assert_eq!(all_calls(&team).await, 8);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_names_the_budget_what_is_left_and_what_is_needed() {
    let store = TestStore::default();
    let fleet = process(&store);
    let budget = Budget::default().with_output_tokens(150);
    let ledger = fleet.ledger("team", budget, Window::Forever).expect("a budget");
    let error = ledger.acquire(Estimate::new(1, 200)).await.expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
    let text = "the shared budget of 150 output tokens of team does not cover another call: 150 are \
                left, and the call needs 200";
    assert!(error.to_string().ends_with(text), "{error}");
    // The refusal holds for a while, and the store is not asked for each further call.
    let questions = store.questions();
    assert!(ledger.acquire(Estimate::new(1, 300)).await.is_err());
    assert_eq!(store.questions(), questions);
}

#[tokio::test]
async fn options_and_limits_that_cannot_be_kept_are_config_errors() {
    let kind = |options: FleetOptions| {
        Fleet::new(TestStore::default(), options).map(drop).map_err(|error| error.kind())
    };
    let default = FleetOptions::default;
    assert_eq!(kind(default()), Ok(()));
    for options in [
        default().with_slice(0),
        default().with_lease(Duration::from_millis(99)),
        default().with_lease(Duration::MAX),
        default().with_timeout(Duration::ZERO),
        default().with_on_loss(OnLoss::Local(Some(0.0))),
        default().with_on_loss(OnLoss::Local(Some(f64::NAN))),
    ] {
        assert_eq!(kind(options.clone()), Err(ErrorKind::Config), "{options:?}");
    }
    let fleet = process(&TestStore::default());
    for budget in [
        Budget::default().with_calls(u64::MAX),
        Budget::default().with_cost_limit(1e10),
        Budget::default().with_cost_limit(-1.0),
        Budget::default().with_cost_limit(f64::NAN),
    ] {
        let error = fleet.ledger("team", budget, Window::Day).expect_err("out of range");
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}
