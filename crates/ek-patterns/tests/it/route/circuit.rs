//! A provider that keeps failing is left alone for a while, and tried by one call after it.

use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider, LlmResponse, Result};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Budget, Estimate, Failover, FailoverOptions, Ledger, RetryConfig, retry};
use tokio::time::{Instant, advance};

use super::{ask, backed, down, failure, request};

const COOL: Duration = Duration::from_secs(30);

fn at_once() -> FailoverOptions {
    FailoverOptions::default().with_failures(1)
}

#[tokio::test(start_paused = true)]
async fn failures_in_a_row_open_the_circuit_for_the_cool_down() {
    let first = down();
    let (both, second) = backed(&first, FailoverOptions::default());
    for _ in 0..10 {
        ask(&both).await.expect("the second");
    }
    assert_eq!((first.call_count(), second.call_count()), (3, 10));
    advance(COOL - Duration::from_millis(1)).await;
    ask(&both.clone()).await.expect("the second");
    assert_eq!(first.call_count(), 3, "clones share the circuit");
    advance(Duration::from_millis(1)).await;
    for _ in 0..10 {
        ask(&both).await.expect("the second");
    }
    assert_eq!(first.call_count(), 4, "one probe, and the circuit is open again");
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_waits_for_the_budget_holds_up_no_other_call() {
    let ledger = Ledger::new(Budget::default().with_output_tokens(150)).expect("a budget");
    let _held = ledger.reserve(Estimate::new(0, 100)).expect("it fits");
    let mock = MockProvider::new([MockReply::from(failure(ErrorKind::Server)), "well".into()]);
    let one = Failover::with_options([mock], at_once().with_ledger(ledger)).expect("one");
    let small = request().with_max_tokens(10);
    one.complete(&small).await.expect_err("it is down");
    advance(COOL).await;
    let large = tokio::spawn({
        let one = one.clone();
        async move { one.complete(&request()).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(one.complete(&small).await.expect("a probe").content, "well");
    large.abort();
}

#[tokio::test(start_paused = true)]
async fn a_success_in_between_starts_the_count_anew() {
    let (bad, good) = (|| MockReply::from(failure(ErrorKind::Server)), || MockReply::from("well"));
    let first = MockProvider::new([bad(), bad(), good()]);
    let (both, _) = backed(&first, FailoverOptions::default());
    for _ in 0..12 {
        ask(&both).await.expect("an answer");
    }
    assert_eq!(first.call_count(), 12);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_server_names_opens_the_circuit_for_that_long() {
    for (asked, closed_for) in [(5, 5), (700, 600)] {
        let limited = failure(ErrorKind::RateLimited).with_retry_after(Duration::from_secs(asked));
        let first = MockProvider::failing(limited);
        let (both, _) = backed(&first, FailoverOptions::default());
        ask(&both).await.expect("the second");
        advance(Duration::from_secs(closed_for) - Duration::from_millis(1)).await;
        ask(&both).await.expect("the second");
        assert_eq!(first.call_count(), 1, "{asked}");
        advance(Duration::from_millis(1)).await;
        ask(&both).await.expect("the second");
        assert_eq!(first.call_count(), 2, "{asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_call_probes_while_the_others_go_past() {
    let slow = MockReply::from("well again").after(Duration::from_secs(2));
    let first = MockProvider::new([MockReply::from(failure(ErrorKind::Server)), slow]);
    let (both, second) = backed(&first, at_once());
    ask(&both).await.expect("the second");
    advance(COOL).await;

    let answers = futures_util::future::join_all((0..20).map(|_| ask(&both))).await;
    let from_first = answers.iter().filter(|a| a.as_deref().ok() == Some("well again")).count();
    assert_eq!((from_first, first.call_count(), second.call_count()), (1, 2, 20));
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_dropped_makes_room_for_the_next() {
    let slow = MockReply::from("well again").after(Duration::from_secs(2));
    let replies = [MockReply::from(failure(ErrorKind::Server)), slow.clone(), slow];
    let first = MockProvider::new(replies);
    let (both, _) = backed(&first, at_once());
    ask(&both).await.expect("the second");
    advance(COOL).await;
    let given_up = tokio::time::timeout(Duration::from_secs(1), ask(&both)).await;
    assert!(given_up.is_err());
    let next = tokio::time::timeout(Duration::from_secs(1), ask(&both)).await;
    assert!(next.is_err(), "it is the next probe, and takes its time too");
    assert_eq!(first.call_count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_says_no_is_there_and_its_circuit_closes() {
    let slow = MockReply::from("well again").after(Duration::from_secs(2));
    let [down, no] = [ErrorKind::Server, ErrorKind::Rejected].map(|k| MockReply::from(failure(k)));
    let first = MockProvider::new([down, no, slow.clone(), slow]);
    let (both, _) = backed(&first, at_once());
    ask(&both).await.expect("the second");
    advance(COOL).await;
    assert_eq!(ask(&both).await.expect_err("no").kind(), ErrorKind::Rejected);
    let answers = futures_util::future::join(ask(&both), ask(&both)).await;
    assert_eq!(
        (answers.0.ok(), answers.1.ok()),
        (Some("well again".into()), Some("well again".into()))
    );
}

#[tokio::test(start_paused = true)]
async fn what_says_nothing_about_the_provider_leaves_its_circuit_half_open() {
    let replies = [ErrorKind::Server, ErrorKind::Config, ErrorKind::Server].map(failure);
    let first = MockProvider::new(replies);
    let (both, _) = backed(&first, at_once());
    ask(&both).await.expect("the second");
    advance(COOL).await;
    assert_eq!(ask(&both).await.expect_err("no").kind(), ErrorKind::Config);
    ask(&both).await.expect("the second, after another probe");
    ask(&both).await.expect("the second");
    assert_eq!(first.call_count(), 3, "the probe failed");
}

#[tokio::test(start_paused = true)]
async fn while_all_circuits_are_open_nothing_is_sent_and_the_error_says_for_how_long() {
    let providers = [down(), down()];
    let both = Failover::with_options(providers.clone(), at_once()).expect("two");
    let error = ask(&both).await.expect_err("an outage");
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Server, Some(COOL)));
    advance(Duration::from_secs(10)).await;

    let ledger = Ledger::new(Budget::default().with_calls(1)).expect("a budget");
    let error = ledger.complete(&both, &request()).await.expect_err("all are open");
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_eq!(error.retry_after(), Some(COOL - Duration::from_secs(10)));
    assert!(error.is_retryable() && !error.may_have_executed());
    assert!(error.to_string().contains("each of the 2 providers has failed"), "{error}");
    assert_eq!((providers[0].call_count(), ledger.spend().calls), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_retry_around_it_waits_for_the_first_circuit() {
    let replies = [MockReply::from(failure(ErrorKind::Server)), MockReply::from("well again")];
    let both = Failover::with_options([MockProvider::new(replies), down()], at_once());
    let (both, begun) = (both.expect("two"), Instant::now());
    let answer = retry(&RetryConfig::default(), || ask(&both)).await.expect("an answer");
    assert_eq!((answer.as_str(), begun.elapsed().as_secs()), ("well again", 30));
}

/// Fails late, so that its calls overlap.
struct SlowlyFailing;

impl LlmProvider for SlowlyFailing {
    async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Err(Error::new(ErrorKind::Server, "HTTP 500"))
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_began_before_the_circuit_opened_do_not_prolong_it() {
    let both = Failover::with_options([SlowlyFailing], at_once()).expect("one");
    let early = ask(&both);
    let late = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        ask(&both).await
    };
    let (_, late) = futures_util::future::join(early, late).await;
    let wait = late.expect_err("an outage").retry_after().expect("a wait");
    assert_eq!(wait, COOL - Duration::from_millis(500));
}
