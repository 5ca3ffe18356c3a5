//! A call that does not fit beside others waits for them; one that never fits is refused.

use std::time::Duration;

use ek_core::{ChatRequest, ErrorKind, LlmResponse, StreamingProvider as _, Usage};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Budget, Estimate, MapReduceOptions, map_reduce};
use tokio::time::{Instant, timeout};

use super::{ledger, request};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Answers after a second, with 10 tokens.
fn slow() -> MockProvider {
    let reply = LlmResponse::text("part").with_usage(Usage::new(5, 10));
    MockProvider::new([MockReply::from(reply).after(secs(1))])
}

#[tokio::test(start_paused = true)]
async fn five_parallel_inputs_share_a_budget_that_covers_two_at_a_time() {
    let provider = slow();
    let ask = |input: &str| ChatRequest::user(input).with_max_tokens(4_096);
    let options = MapReduceOptions::default()
        .with_concurrency(5)
        .with_budget(Budget::default().with_output_tokens(10_000));
    let start = Instant::now();
    let inputs = ["a", "b", "c", "d", "e"];
    let outcome = map_reduce(&provider, inputs, ask, |_| ask("join"), &options).await;
    let outcome = outcome.expect("next to nothing is spent");
    assert_eq!((outcome.spend.calls, outcome.spend.usage.output_tokens), (6, Some(60)));
    assert_eq!(start.elapsed().as_secs(), 3 + 1, "two at a time, and the reduce");
}

#[tokio::test(start_paused = true)]
async fn what_never_fits_is_refused_at_once_whatever_is_under_way() {
    let ledger = ledger(Budget::default().with_output_tokens(150));
    let under_way = ledger.reserve(Estimate::new(1, 100)).expect("covered");
    let start = Instant::now();
    let error = ledger.acquire(Estimate::new(1, 151)).await.expect_err("it never fits");
    assert_eq!((error.kind(), start.elapsed()), (ErrorKind::BudgetExhausted, Duration::ZERO));
    assert!(error.to_string().contains("100 are reserved for calls under way"), "{error}");
    drop(under_way);
}

#[tokio::test(start_paused = true)]
async fn calls_are_never_given_back_so_none_waits_for_those() {
    let ledger = ledger(Budget::default().with_calls(1));
    let _under_way = ledger.reserve(Estimate::new(1, 100)).expect("covered");
    let start = Instant::now();
    ledger.acquire(Estimate::new(1, 1)).await.expect_err("the call is taken");
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_part_waits_for_calls_of_another_part() {
    let whole = ledger(Budget::default().with_output_tokens(150));
    let [one, other] = [(); 2].map(|()| whole.child(Budget::default()).expect("a part"));
    let provider = slow();
    let (a, b) = (request(), request());
    let both = async { tokio::join!(one.complete(&provider, &a), other.complete(&provider, &b)) };
    let start = Instant::now();
    let (a, b) = both.await;
    assert!(a.is_ok() && b.is_ok());
    assert_eq!(start.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_its_own_caller_ends_all_the_same() {
    let budget = Budget::default().with_output_tokens(150);
    let provider = slow();
    for (budget, waits) in [(budget.clone(), 120), (budget.with_max_wait(Duration::ZERO), 0)] {
        let ledger = ledger(budget);
        let open = ledger.stream(&provider, &request()).await.expect("a stream");
        let start = Instant::now();
        let error = ledger.complete(&provider, &request()).await.expect_err("the stream is open");
        assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
        assert_eq!(start.elapsed().as_secs(), waits);
        drop(open);
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_line_of_waiting_calls_goes_on_as_long_as_calls_end() {
    let ledger = ledger(Budget::default().with_output_tokens(5_000).with_max_wait(secs(2)));
    let provider = slow();
    let request = ChatRequest::user("x").with_max_tokens(2_500);
    let calls = (0..40).map(|_| ledger.complete(&provider, &request));
    let start = Instant::now();
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok));
    assert!(start.elapsed() > secs(19), "two at a time: {:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_that_is_dropped_takes_nothing() {
    let ledger = ledger(Budget::default().with_output_tokens(150));
    let under_way = ledger.reserve(Estimate::new(1, 100)).expect("covered");
    timeout(secs(1), ledger.acquire(Estimate::new(1, 100))).await.expect_err("it waits");
    under_way.refund();
    let all = ledger.reserve(Estimate::new(1, 150)).expect("nothing is taken");
    all.refund();
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_limit_takes_what_is_left_once_the_others_are_over() {
    let ledger = ledger(Budget::default().with_output_tokens(150));
    let provider = slow();
    let (limited, free) = (request(), ChatRequest::user("x"));
    let (a, b) =
        tokio::join!(ledger.complete(&provider, &limited), ledger.complete(&provider, &free));
    assert!(a.is_ok() && b.is_ok());
    assert_eq!(provider.last_call().expect("two calls").request.max_tokens, Some(140));
    assert!(provider.stream(&free).await.is_ok());
}
