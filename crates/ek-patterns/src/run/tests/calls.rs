//! One call: attempts, budget, keys and pace.

use std::time::Duration;

use ek_core::{Error, ErrorKind, Spend, Usage};
use ek_mock::{MockProvider, MockReply};
use tokio::time::Instant;

use super::{outage, quick, reply, request, run_with};
use crate::{Budget, Ledger, RateLimiter, RetryConfig};

#[tokio::test(start_paused = true)]
async fn the_spend_holds_every_attempt_of_a_call_that_succeeds_in_the_end() {
    let provider = MockProvider::new([MockReply::from(outage()), reply().into()]);
    let run = run_with(&quick(), &Budget::default(), None);
    run.complete(&provider, &request()).await.expect("the second attempt");
    let spend = run.spend();
    assert_eq!((spend.calls, spend.unknown_calls, spend.usage), (2, 0, Usage::new(9, 2)));
}

#[tokio::test(start_paused = true)]
async fn the_spend_of_a_failed_retried_call_includes_all_attempts() {
    let provider = MockProvider::failing(outage());
    let run = run_with(&quick(), &Budget::default(), None);
    let error = run.complete(&provider, &request()).await.expect_err("an outage");
    assert_eq!((error.attempts(), error.spend().calls), (3, 3));
    let error = run.complete(&provider, &request()).await.expect_err("an outage");
    assert_eq!((error.attempts(), error.spend().calls), (3, 6), "the run's, not the call's");
}

#[tokio::test(start_paused = true)]
async fn exhaustion_between_retries_has_the_spend_of_the_run_and_counts_nothing_twice() {
    let provider = MockProvider::failing(outage());
    let shared = Ledger::unlimited();
    let run = run_with(&quick(), &Budget::default().with_calls(2), Some(&shared));
    let error = run.complete(&provider, &request()).await.expect_err("exhausted");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::BudgetExhausted, 2));
    assert_eq!((provider.call_count(), shared.spend().calls), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn the_limits_of_a_shared_ledger_bind_and_the_spend_is_the_run_s_own() {
    let provider = MockProvider::new([reply()]);
    let shared = Ledger::new(Budget::default().with_calls(3)).expect("a budget");
    let run = || run_with(&quick(), &Budget::default().with_calls(2), Some(&shared));
    let first = run();
    for _ in 0..2 {
        first.complete(&provider, &request()).await.expect("covered by both");
    }
    let error = first.complete(&provider, &request()).await.expect_err("its own budget");
    assert!(error.to_string().contains("2 calls"), "{error}");
    let second = run();
    second.complete(&provider, &request()).await.expect("covered by both");
    let error = second.complete(&provider, &request()).await.expect_err("the shared budget");
    assert!(error.to_string().contains("3 calls"), "{error}");
    assert_eq!((error.spend().calls, shared.spend().calls, provider.call_count()), (1, 3, 3));
}

#[tokio::test(start_paused = true)]
async fn all_attempts_of_a_call_have_one_key_and_each_call_its_own() {
    let script = [outage().into(), MockReply::from(reply()), reply().into()];
    let provider = MockProvider::new(script);
    let run = run_with(&quick(), &Budget::default(), None);
    run.complete(&provider, &request()).await.expect("a reply");
    run.complete(&provider, &request()).await.expect("a reply");
    let keys: Vec<_> =
        provider.calls().into_iter().map(|call| call.request.idempotency_key).collect();
    assert!(keys[0].is_some() && keys[0] == keys[1] && keys[1] != keys[2], "{keys:?}");
}

#[tokio::test(start_paused = true)]
async fn without_retries_the_request_goes_out_as_it_is() {
    let provider = MockProvider::new([reply()]);
    let run = run_with(&RetryConfig::none(), &Budget::default(), None);
    run.complete(&provider, &request()).await.expect("a reply");
    assert_eq!(provider.last_call().map(|call| call.request), Some(request()));
}

#[tokio::test(start_paused = true)]
async fn the_limiter_is_taken_once_for_each_attempt_with_the_tokens_reserved() {
    let provider = MockProvider::new([MockReply::from(outage()), reply().into()]);
    let limiter = RateLimiter::new(1_000.0, 1_000).and_then(|l| l.with_tokens_per_minute(120));
    let retry = quick().with_limiter(limiter.expect("a limiter"));
    let run = run_with(&retry, &Budget::default(), None);
    let start = Instant::now();
    // 10 tokens of prompt and 100 of reply: the second attempt waits for 100, at 2 a second.
    run.complete(&provider, &request()).await.expect("a reply");
    assert_eq!(start.elapsed().as_secs(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passes_in_mid_attempt_leaves_the_call_counted() {
    let provider = MockProvider::new([reply()]).with_latency(Duration::from_secs(60));
    let retry = RetryConfig::default().with_deadline(Duration::from_secs(5));
    let run = run_with(&retry, &Budget::default(), None);
    let error = run.complete(&provider, &request()).await.expect_err("too late");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::Timeout, 1));
    assert_eq!(run.ledger().estimated_calls(), 1);
}

#[tokio::test]
async fn a_call_that_was_never_sent_costs_nothing() {
    let provider = MockProvider::failing(Error::new(ErrorKind::Tls, "no certificate"));
    let run = run_with(&quick(), &Budget::default(), None);
    let error = run.complete(&provider, &request()).await.expect_err("TLS");
    assert_eq!(error.spend(), Spend::default());
}

#[test]
fn the_futures_of_calls_may_travel_between_threads() {
    fn travels<T: Send>(_: T) {}
    let (provider, request) = (MockProvider::default(), request());
    let run = run_with(&quick(), &Budget::default(), None);
    travels(run.complete(&provider, &request));
    travels(run.stream(&provider, &request));
    travels(
        async move { tokio::spawn(async move { run.complete(&provider, &request).await }).await },
    );
}
