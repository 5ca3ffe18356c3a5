//! Streamed calls: retried until the first event, settled at the end.

use std::time::Duration;

use ek_core::{Error, ErrorKind, LlmResponse, Usage};
use ek_mock::{MockProvider, MockReply};

use super::{outage, quick, reply, request, run_with};
use crate::{Budget, Estimate};

fn cut() -> Error {
    Error::new(ErrorKind::Interrupted, "the connection is gone")
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_retried_until_its_first_event_has_come() {
    let script =
        [outage().into(), MockReply::from(reply()).failing_after(0, cut()), reply().into()];
    let provider = MockProvider::new(script);
    let run = run_with(&quick(), &Budget::default(), None);
    let stream = run.stream(&provider, &request()).await.expect("the third attempt");
    assert_eq!(stream.collect().await.expect("whole").content, "Slowly.");
    let spend = run.spend();
    assert_eq!((spend.calls, spend.unknown_calls, spend.usage), (3, 1, Usage::new(9, 2)));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_retried_once_a_stream_has_delivered_an_event() {
    let provider = MockProvider::new([MockReply::from(reply()).failing_after(1, cut())]);
    let run = run_with(&quick(), &Budget::default(), None);
    let stream = run.stream(&provider, &request()).await.expect("open");
    let error = stream.collect().await.expect_err("cut");
    assert_eq!((error.kind(), error.spend().calls, provider.call_count()), (cut().kind(), 1, 1));
    assert_eq!(error.partial().map(|reply| reply.content.as_str()), Some("Slow"));
    assert_eq!(run.ledger().estimated_calls(), 1);
}

#[tokio::test]
async fn the_reservation_lives_as_long_as_the_stream() {
    let provider = MockProvider::new([reply()]);
    let run = run_with(&quick(), &Budget::default().with_output_tokens(150), None);
    let mut stream = run.stream(&provider, &request()).await.expect("open");
    stream.next().await.expect("an event").expect("a piece");
    assert!(run.ledger().reserve(Estimate::new(0, 51)).is_err(), "100 are reserved");
    stream.collect().await.expect("whole");
    assert!(run.ledger().reserve(Estimate::new(0, 148)).is_ok(), "2 were used");
}

#[tokio::test]
async fn a_stream_that_is_dropped_stays_counted_as_reserved() {
    let provider = MockProvider::new([LlmResponse::text("a long answer")]);
    for events in 0..3 {
        let run = run_with(&quick(), &Budget::default().with_output_tokens(150), None);
        let mut stream = run.stream(&provider, &request()).await.expect("open");
        for _ in 0..events {
            stream.next().await.expect("an event").expect("a piece");
        }
        drop(stream);
        assert_eq!((run.spend().calls, run.ledger().estimated_calls()), (1, 1));
        assert!(run.ledger().reserve(Estimate::new(0, 51)).is_err());
        assert!(run.ledger().reserve(Estimate::new(0, 50)).is_ok());
    }
}

#[tokio::test]
async fn a_stream_that_the_budget_does_not_cover_is_not_opened() {
    let provider = MockProvider::new([reply()]);
    let run = run_with(&quick(), &Budget::default().with_output_tokens(99), None);
    let error = run.stream(&provider, &request()).await.expect_err("exhausted");
    assert_eq!((error.kind(), provider.call_count()), (ErrorKind::BudgetExhausted, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_dropped_before_it_opens_stays_counted_as_reserved() {
    let provider = MockProvider::new([reply()]).with_latency(Duration::from_secs(60));
    let run = run_with(&quick(), &Budget::default().with_output_tokens(150), None);
    let request = request();
    let opening = run.stream(&provider, &request);
    tokio::time::timeout(Duration::from_secs(1), opening).await.expect_err("not open yet");
    assert_eq!((run.spend().calls, run.ledger().estimated_calls()), (1, 1));
    assert!(run.ledger().reserve(Estimate::new(0, 51)).is_err());
    assert!(run.ledger().reserve(Estimate::new(0, 50)).is_ok());
}
