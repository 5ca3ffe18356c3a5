//! Ending before all samples are in: by decision, or because the caller gave up.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ek_core::{ErrorKind, LlmResponse, Usage};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Budget, Estimate, Event, Ledger, VotingStrategy};
use tokio::time::Instant;

use super::{ask, options};
use crate::support::{Answers, Backend, drop_at_every_poll};

fn after(text: &str, seconds: u64) -> MockReply {
    MockReply::from(text).after(Duration::from_secs(seconds))
}

#[tokio::test(start_paused = true)]
async fn stop_early_cancels_the_rest_once_the_vote_is_decided() {
    let script = [after("a", 1), after("b", 2), after("a", 3), after("a", 4), after("b", 60)];
    let provider = MockProvider::new(script);
    let start = Instant::now();
    let outcome = ask(&provider, &options(5).with_stop_early(true)).await.expect("a winner");
    assert_eq!((outcome.value.as_str(), start.elapsed().as_secs()), ("a", 4));
    assert_eq!((outcome.detail.samples.len(), outcome.score), (4, Some(0.75)));
    assert_eq!((outcome.spend.calls, outcome.spend.unknown_calls), (5, 5), "all were sent");
}

#[tokio::test]
async fn stop_early_does_not_send_what_is_not_needed() {
    let provider = MockProvider::new(["a"]);
    let one_by_one = options(5).with_stop_early(true).with_concurrency(1);
    let outcome = ask(&provider, &one_by_one).await.expect("a winner");
    assert_eq!((provider.call_count(), outcome.spend.calls), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn stop_early_ends_a_unanimous_vote_at_the_first_that_differs() {
    let provider = MockProvider::new([after("a", 1), after("b", 2), after("a", 60)]);
    let unanimous = options(3).with_strategy(VotingStrategy::Unanimous).with_stop_early(true);
    let start = Instant::now();
    let error = ask(&provider, &unanimous).await.expect_err("two differ");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::ConsensusFailed, 3));
    assert_eq!(start.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_it_every_sample_is_waited_for() {
    let provider = MockProvider::new([after("a", 1), after("a", 1), after("b", 60)]);
    let start = Instant::now();
    ask(&provider, &options(3)).await.expect("a winner");
    assert_eq!(start.elapsed().as_secs(), 60);
}

#[tokio::test]
async fn a_provider_that_answers_at_once_leaves_the_thread_to_others() {
    let backend = Answers::default();
    let samples = tokio::spawn({
        let backend = backend.clone();
        async move { ask(&backend, &options(10_000)).await }
    });
    tokio::task::yield_now().await;
    let asked = backend.asked();
    assert!((1..1_000).contains(&asked), "{asked} samples without a pause");
    samples.abort();
    assert!(samples.await.expect_err("stopped").is_cancelled());
    assert!(backend.asked() < 10_000);
}

#[tokio::test]
async fn more_samples_than_can_be_kept_are_refused_before_any_call() {
    let backend = Answers::default();
    for samples in [10_001, usize::MAX] {
        let error = ask(&backend, &options(samples)).await.expect_err("too many");
        assert_eq!((error.kind(), backend.asked()), (ErrorKind::Config, 0), "{error}");
    }
}

#[tokio::test]
async fn dropping_it_at_any_await_cancels_all_samples_and_leaves_the_ledger_settled() {
    let start = || {
        let reply = LlmResponse::text("a").with_usage(Usage::new(9, 1));
        let backend = Backend::new(Ok(reply));
        let ledger = Ledger::new(Budget::default().with_output_tokens(1_000)).expect("a budget");
        let options =
            options(7).with_concurrency(3).with_max_tokens(100).with_ledger(ledger.clone());
        let asked = backend.clone();
        ((backend, ledger), async move { ask(&asked, &options).await })
    };
    let polls = drop_at_every_poll(start, |(backend, ledger), polls, output| {
        assert_eq!(backend.in_flight(), 0, "{polls}");
        let (spend, sent) = (ledger.spend(), backend.dispatched());
        assert_eq!(usize::try_from(spend.calls), Ok(sent), "{polls}");
        assert_eq!(ledger.estimated_calls(), spend.unknown_calls, "{polls}");
        // Nothing stays reserved: known calls have cost 1 token each, the others 100.
        let left = 1_000 - spend.usage.output_tokens.unwrap_or(0) - 100 * spend.unknown_calls;
        assert!(ledger.reserve(Estimate::new(0, left + 1)).is_err(), "{polls}");
        assert!(ledger.reserve(Estimate::new(0, left)).is_ok(), "{polls}");
        assert!(output.is_none_or(|outcome| outcome.is_ok() && sent == 7), "{polls}");
    });
    assert!(polls.await > 3, "it takes several polls");
}

#[tokio::test]
async fn an_observer_gets_every_sample() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let observer = move |event: &Event<'_>| {
        if let Event::SampleDone { done, total, ok, .. } = event {
            sink.lock().expect("the list").push((*done, *total, *ok));
        }
    };
    let failure = ek_core::Error::new(ErrorKind::Rejected, "");
    let provider = MockProvider::new(["a".into(), MockReply::from(failure), "a".into()]);
    let options = options(3).with_tolerate_failures(1).with_observer(observer);
    ask(&provider, &options).await.expect("a winner");
    assert_eq!(*seen.lock().expect("the list"), [(1, 3, true), (2, 3, false), (3, 3, true)]);
}
