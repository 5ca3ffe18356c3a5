//! Samples that fail, and what of it reaches the caller.

use std::time::Duration;

use ek_core::{Error, ErrorKind, LlmResponse, Usage};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Budget, ConsensusDetail, Ledger, RetryConfig};

use super::{ask, options};
use crate::support::Backend;

fn failure(kind: ErrorKind) -> MockReply {
    Error::new(kind, "").into()
}

fn after(reply: impl Into<MockReply>, seconds: u64) -> MockReply {
    reply.into().after(Duration::from_secs(seconds))
}

#[tokio::test]
async fn one_failure_fails_the_whole_by_default() {
    let provider = MockProvider::new(["a".into(), failure(ErrorKind::Rejected), "a".into()]);
    let error = ask(&provider, &options(3)).await.expect_err("a sample failed");
    assert_eq!(error.kind(), ErrorKind::Rejected);
}

#[tokio::test]
async fn failures_are_tolerated_up_to_the_number_that_was_set() {
    let script = [failure(ErrorKind::Server), "a".into(), failure(ErrorKind::Rejected), "a".into()];
    let provider = MockProvider::new(script);
    let outcome = ask(&provider, &options(4).with_tolerate_failures(2)).await.expect("two voted");
    assert_eq!((outcome.value.as_str(), outcome.detail.voters, outcome.spend.calls), ("a", 2, 4));
    let kinds: Vec<_> = outcome
        .detail
        .samples
        .iter()
        .map(|sample| sample.reply.as_ref().err().map(Error::kind))
        .collect();
    assert_eq!(kinds, [Some(ErrorKind::Server), None, Some(ErrorKind::Rejected), None]);
}

#[tokio::test(start_paused = true)]
async fn more_failures_than_tolerated_give_the_first_error_with_the_spend_of_all() {
    let script = [
        after(failure(ErrorKind::TooLarge), 3),
        after(failure(ErrorKind::Rejected), 1),
        after(LlmResponse::text("a").with_usage(Usage::new(10, 2)), 2),
        after("a", 60),
    ];
    let provider = MockProvider::new(script);
    let start = tokio::time::Instant::now();
    let options = options(4).with_tolerate_failures(1);
    let error = ask(&provider, &options).await.expect_err("two failed");
    assert_eq!(error.kind(), ErrorKind::Rejected, "the first one in time");
    let spend = error.spend();
    // The last one was sent and is cancelled: it counts.
    // The one that was refused is known to cost nothing.
    assert_eq!((spend.calls, spend.unknown_calls, spend.usage), (4, 2, Usage::new(10, 2)));
    assert_eq!(start.elapsed().as_secs(), 3, "the others are not waited for");
}

#[tokio::test]
async fn where_all_samples_fail_and_may_there_are_no_voters() {
    let provider = MockProvider::failing(Error::new(ErrorKind::Server, "HTTP 503"));
    let options = options(3).with_tolerate_failures(3);
    let error = ask(&provider, &options).await.expect_err("no vote");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::ConsensusFailed, 3));
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    assert_eq!(cause.as_deref(), Some("HTTP 503"));
    assert_eq!(error.detail::<ConsensusDetail>().map(|detail| detail.samples.len()), Some(3));
}

#[tokio::test(start_paused = true)]
async fn each_sample_is_retried_and_failed_attempts_are_in_the_spend() {
    let script = [failure(ErrorKind::Server), failure(ErrorKind::Server), "a".into(), "a".into()];
    let provider = MockProvider::new(script);
    let options = options(2).with_retry(RetryConfig::default());
    let outcome = ask(&provider, &options).await.expect("both in the end");
    assert_eq!((outcome.spend.calls, outcome.detail.voters), (4, 2));
}

#[tokio::test]
async fn exhaustion_is_one_error_with_the_spend_of_the_run() {
    let backend = Backend::new(Ok(LlmResponse::text("a").with_usage(Usage::new(9, 1))));
    let ledger = Ledger::new(Budget::default().with_calls(100)).expect("a budget");
    for options in [
        options(5).with_budget(Budget::default().with_calls(3)),
        options(200).with_concurrency(50).with_ledger(ledger.clone()),
    ] {
        let before = (backend.dispatched(), ledger.spend());
        let error = ask(&backend, &options).await.expect_err("too many samples");
        assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
        let spent = backend.dispatched() - before.0;
        assert_eq!(usize::try_from(error.spend().calls), Ok(spent), "{error}");
        assert!(spent >= 3);
        assert_eq!(backend.in_flight(), 0);
    }
    assert!(ledger.spend().calls <= 100);
}

#[tokio::test]
async fn a_sample_that_the_budget_does_not_cover_is_a_failure_that_can_be_tolerated() {
    let provider = MockProvider::new(["a"]);
    let budget = Budget::default().with_calls(3);
    let options = options(5).with_budget(budget).with_tolerate_failures(2);
    let outcome = ask(&provider, &options).await.expect("three are enough");
    assert_eq!((outcome.detail.voters, outcome.spend.calls), (3, 3));
}
