//! Streams under a ledger: settled by their usage, or by an estimate of what came.

use ek_core::{Error, ErrorKind, LlmResponse, Usage};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Budget, Estimate};

use super::{ledger, request};
use crate::support::drop_at_every_poll;

const FOUR_WORDS: &str = "slowly over two nights";

fn broken(pieces: usize) -> MockReply {
    let cut = Error::new(ErrorKind::Interrupted, "the connection is gone");
    MockReply::from(FOUR_WORDS).failing_after(pieces, cut)
}

#[tokio::test]
async fn a_stream_is_settled_with_the_usage_at_its_end() {
    let reply = LlmResponse::text(FOUR_WORDS).with_usage(Usage::new(9, 4));
    let provider = MockProvider::new([reply]);
    let ledger = ledger(Budget::default().with_output_tokens(150));
    let mut stream = ledger.stream(&provider, &request()).await.expect("a stream");
    stream.next().await.expect("an event").expect("a piece");
    assert!(ledger.reserve(Estimate::new(0, 51)).is_err(), "100 are reserved");
    stream.collect().await.expect("whole");
    assert_eq!((ledger.spend().usage, ledger.estimated_calls()), (Usage::new(9, 4), 0));
    assert!(ledger.reserve(Estimate::new(0, 146)).is_ok());
}

#[tokio::test]
async fn a_stream_without_usage_is_settled_by_what_came_and_marked_as_an_estimate() {
    let provider = MockProvider::new([FOUR_WORDS]);
    let ledger = ledger(Budget::default().with_output_tokens(20_000));
    for _ in 0..100 {
        let request = request().with_max_tokens(4_096);
        let stream = ledger.stream(&provider, &request).await.expect("room is left");
        stream.collect().await.expect("whole");
    }
    assert_eq!((ledger.estimated_calls(), ledger.spend().unknown_calls), (100, 100));
    let spent = 100 * Estimate::of(&FOUR_WORDS.into()).input_tokens;
    assert!(ledger.reserve(Estimate::new(0, 20_000 - spent)).is_ok(), "about six tokens each");
    assert!(ledger.reserve(Estimate::new(0, 20_000 - 100)).is_err(), "they are counted");
}

#[tokio::test]
async fn so_is_one_that_lost_its_connection() {
    let provider = MockProvider::new([broken(2)]);
    let ledger = ledger(Budget::default().with_output_tokens(1_000));
    for _ in 0..20 {
        let request = request().with_max_tokens(900);
        let stream = ledger.stream(&provider, &request).await.expect("room is left");
        let error = stream.collect().await.expect_err("cut");
        assert_eq!((error.kind(), error.spend().calls), (ErrorKind::Interrupted, 1));
    }
    assert_eq!((ledger.spend().unknown_calls, ledger.estimated_calls()), (20, 20));
}

#[tokio::test]
async fn one_that_breaks_before_anything_came_stays_counted_as_it_was_reserved() {
    let provider = MockProvider::new([broken(0)]);
    let ledger = ledger(Budget::default().with_output_tokens(150));
    let stream = ledger.stream(&provider, &request()).await.expect("a stream");
    stream.collect().await.expect_err("cut");
    assert!(ledger.reserve(Estimate::new(0, 51)).is_err());
    assert!(ledger.reserve(Estimate::new(0, 50)).is_ok());
}

#[tokio::test]
async fn a_stream_that_is_dropped_at_any_await_stays_counted_as_it_was_reserved() {
    let start = || {
        let ledger = ledger(Budget::default().with_output_tokens(150));
        let shared = ledger.clone();
        let provider = MockProvider::new([FOUR_WORDS]);
        let read = async move {
            let mut stream = shared.stream(&provider, &request()).await.expect("a stream");
            while let Some(event) = stream.next().await {
                event.expect("a piece");
                tokio::task::yield_now().await;
            }
        };
        (ledger, read)
    };
    let polls = drop_at_every_poll(start, |ledger, polls, output| {
        assert_eq!(ledger.spend().calls, u64::from(polls > 0), "{polls}");
        let is_settled =
            polls == 0 || output.is_some() || ledger.reserve(Estimate::new(0, 100)).is_ok();
        assert!(is_settled || ledger.reserve(Estimate::new(0, 50)).is_ok(), "{polls}");
    });
    assert!(polls.await > 4);
}
