//! Budgets bind, whatever happens to the calls.

mod money;
mod output;
mod properties;
mod streams;
mod waiting;

use ek_core::{ChatRequest, Error, ErrorKind, LlmResponse, Usage};
use ek_patterns::{Budget, Estimate, Ledger, Rates, RetryConfig, retry};

use crate::support::{Backend, drop_at_every_poll};

fn request() -> ChatRequest {
    ChatRequest::user("How does a kiln cool?").with_max_tokens(100)
}

fn ledger(budget: Budget) -> Ledger {
    Ledger::new(budget).expect("a budget")
}

/// Makes this many calls at once, and returns how many were answered.
async fn answered_of(calls: usize, backend: &Backend, ledger: &Ledger) -> usize {
    let calls = (0..calls).map(|_| {
        let (backend, ledger) = (backend.clone(), ledger.clone());
        tokio::spawn(async move { ledger.complete(&backend, &request()).await.is_ok() })
    });
    let mut answered = 0;
    for call in calls.collect::<Vec<_>>() {
        answered += usize::from(call.await.expect("a call"));
    }
    answered
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_under_a_budget_of_ten_dispatch_ten() {
    let backend = Backend::new(Ok(LlmResponse::text("Slowly.").with_usage(Usage::new(9, 2))));
    let ledger = ledger(Budget::default().with_calls(10));
    let answered = answered_of(1_000, &backend, &ledger).await;
    assert_eq!((answered, backend.dispatched()), (10, 10));
    assert!(backend.most_in_flight() <= 10 && backend.in_flight() == 0);
    assert_eq!((ledger.spend().calls, ledger.spend().usage), (10, Usage::new(90, 20)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_output_never_passes_its_budget_while_replies_keep_to_their_limit() {
    let backend = Backend::new(Ok(LlmResponse::text("x").with_usage(Usage::new(9, 100))));
    let ledger = ledger(Budget::default().with_output_tokens(1_050));
    let answered = answered_of(200, &backend, &ledger).await;
    assert_eq!((answered, ledger.spend().usage.output_tokens), (10, Some(1_000)));
}

/// The request is estimated at 10 tokens, and the server counts 13.
#[tokio::test]
async fn an_input_budget_is_passed_by_at_most_the_error_of_one_call_s_estimate() {
    let backend = Backend::new(Ok(LlmResponse::text("x").with_usage(Usage::new(13, 1))));
    for limit in 100..120 {
        let ledger = ledger(Budget::default().with_input_tokens(limit));
        while ledger.complete(&backend, &request()).await.is_ok() {}
        let spent = ledger.spend().usage.input_tokens.expect("calls were made");
        assert!(spent <= limit + 3 && spent + 10 > limit, "{spent} of {limit}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_input_budget_binds_a_thousand_callers_whose_estimate_is_not_too_low() {
    let backend = Backend::new(Ok(LlmResponse::text("x").with_usage(Usage::new(10, 1))));
    let ledger = ledger(Budget::default().with_input_tokens(105));
    let answered = answered_of(1_000, &backend, &ledger).await;
    assert_eq!((answered, backend.dispatched()), (10, 10));
    assert_eq!(ledger.spend().usage.input_tokens, Some(100));
}

#[tokio::test]
async fn a_part_of_a_ledger_has_its_own_spend_and_counts_in_the_whole() {
    let backend = Backend::new(Ok(LlmResponse::text("x").with_usage(Usage::new(9, 2))));
    let whole = ledger(Budget::default().with_calls(3));
    let part = whole.child(Budget::default().with_calls(2)).expect("a budget");
    let other = whole.child(Budget::default()).expect("a budget");
    for ledger in [&part, &part, &other] {
        ledger.complete(&backend, &request()).await.expect("covered by both");
    }
    assert_eq!((part.spend().calls, other.spend().calls, whole.spend().calls), (2, 1, 3));
    let error = other.complete(&backend, &request()).await.expect_err("the whole is used up");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::BudgetExhausted, 1));
    assert!(whole.child(Budget::default().with_cost(Rates::per_million(-1.0, 0.0), 1.0)).is_err());
}

#[tokio::test]
async fn what_was_reserved_and_not_used_can_be_spent_by_later_calls() {
    let backend = Backend::new(Ok(LlmResponse::text("x").with_usage(Usage::new(9, 10))));
    let ledger = ledger(Budget::default().with_output_tokens(150));
    for _ in 0..6 {
        ledger.complete(&backend, &request()).await.expect("covered");
    }
    let error = ledger.complete(&backend, &request()).await.expect_err("90 of 100 are left");
    assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
    assert!(error.to_string().contains("150 output tokens"), "{error}");
    assert_eq!(error.spend().calls, 6);
    assert_eq!(backend.dispatched(), 6);
}

#[tokio::test]
async fn a_call_that_was_never_sent_is_given_back() {
    let refused = Backend::new(Err(Error::new(ErrorKind::Connect, "refused")));
    let ledger = ledger(Budget::default().with_calls(1));
    for _ in 0..3 {
        let error = ledger.complete(&refused, &request()).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Connect);
    }
    assert_eq!(ledger.spend().calls, 0);
}

#[tokio::test]
async fn a_call_that_was_sent_and_failed_stays_counted_at_its_reservation() {
    let failing = Backend::new(Err(Error::new(ErrorKind::Server, "HTTP 500")));
    let ledger = ledger(Budget::default().with_output_tokens(199));
    let error = ledger.complete(&failing, &request()).await.expect_err("a failure");
    assert_eq!((error.spend().calls, error.spend().unknown_calls), (1, 1));
    let error = ledger.complete(&failing, &request()).await.expect_err("exhausted");
    assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
    assert_eq!((ledger.spend().unknown_calls, ledger.estimated_calls()), (1, 1));
}

#[tokio::test]
async fn each_attempt_of_a_retry_is_a_call() {
    let failing = Backend::new(Err(Error::new(ErrorKind::RateLimited, "HTTP 429")));
    let ledger = ledger(Budget::default().with_calls(2));
    let config = RetryConfig::default().with_base_delay(std::time::Duration::ZERO);
    let request = request();
    let error = retry(&config, || ledger.complete(&failing, &request)).await.expect_err("busy");
    assert_eq!((error.kind(), failing.dispatched()), (ErrorKind::BudgetExhausted, 2));
}

#[tokio::test]
async fn dropping_the_call_at_any_await_leaves_the_ledger_settled() {
    let start = || {
        let backend = Backend::new(Ok(LlmResponse::text("x").with_usage(Usage::new(9, 1))));
        let ledger = ledger(Budget::default().with_output_tokens(200));
        let shared = ledger.clone();
        (ledger, async move { shared.complete(&backend, &request()).await })
    };
    let polls = drop_at_every_poll(start, |ledger, polls, output| {
        let sent = polls > 0;
        assert_eq!(ledger.spend().calls, u64::from(sent), "{polls}");
        assert_eq!(ledger.estimated_calls(), u64::from(sent && output.is_none()), "{polls}");
        // One call more is covered in any case, and a second one only if the first cost little.
        let more = ledger.reserve(Estimate::new(0, 100));
        assert!(more.is_ok(), "{polls}");
        assert_eq!(ledger.reserve(Estimate::new(0, 100)).is_ok(), !sent, "{polls}");
    });
    assert_eq!(polls.await, 4);
}

#[tokio::test]
async fn money_binds_by_its_rates() {
    let backend = Backend::new(Ok(LlmResponse::text("x").with_usage(Usage::new(0, 100))));
    let rates = Rates::per_million(0.0, 10_000.0); // a reply of 100 tokens costs 1
    let ledger = ledger(Budget::default().with_cost(rates, 3.0));
    for _ in 0..3 {
        ledger.complete(&backend, &request()).await.expect("covered");
    }
    let error = ledger.complete(&backend, &request()).await.expect_err("exhausted");
    assert!(error.to_string().contains("3 in money"), "{error}");
}

#[test]
fn unusable_prices_are_config_errors() {
    for (rate, limit) in [(f64::NAN, 1.0), (-1.0, 1.0), (1.0, f64::INFINITY), (1.0, -1.0)] {
        let budget = Budget::default().with_cost(Rates::per_million(rate, rate), limit);
        assert_eq!(Ledger::new(budget).map(drop).map_err(|e| e.kind()), Err(ErrorKind::Config));
    }
}

#[test]
fn a_reservation_dropped_unsent_is_given_back() {
    let ledger = ledger(Budget::default().with_calls(1));
    drop(ledger.reserve(Estimate::default()).expect("covered"));
    let reservation = ledger.reserve(Estimate::default()).expect("given back");
    assert!(ledger.reserve(Estimate::default()).is_err());
    reservation.refund();
    assert!(ledger.reserve(Estimate::default()).is_ok());
}
