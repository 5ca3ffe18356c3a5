//! A stream read within a time limit.

use std::time::Duration;

use ek_core::{ChatStream, Error, ErrorKind, LlmResponse, StreamingProvider, ToolCall, Usage};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Budget, Ledger, collect_within};
use tokio::time::Instant;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Four words, a second each.
fn slow() -> MockProvider {
    MockProvider::new(["slowly over two nights"]).with_chunk_delay(secs(1))
}

#[tokio::test(start_paused = true)]
async fn at_the_limit_the_error_has_what_came() {
    let stream = slow().stream(&"How?".into()).await.expect("a stream");
    let start = Instant::now();
    let error = collect_within(stream, Duration::from_millis(2_500)).await.expect_err("too long");
    assert_eq!((error.kind(), start.elapsed().as_millis()), (ErrorKind::Timeout, 2_500));
    assert_eq!(error.partial().map(|reply| reply.content.as_str()), Some("slowly over "));
    assert!(!error.is_retryable() && error.may_have_executed());
    assert_eq!(error.to_string(), "the stream was not at its end after 2.5s");
}

#[tokio::test(start_paused = true)]
async fn before_anything_came_there_is_no_partial_reply() {
    let silent = ChatStream::new(futures_util::stream::pending());
    let error = collect_within(silent, secs(1)).await.expect_err("too long");
    assert!(error.partial().is_none() && error.is_retryable());
}

#[tokio::test(start_paused = true)]
async fn within_the_limit_the_reply_is_the_same_as_without_one() {
    let call = ToolCall::new("1", "tide", "{}");
    let reply = LlmResponse::text("Reading it.")
        .with_reasoning("hm")
        .with_usage(Usage::new(9, 2))
        .with_tool_calls([call]);
    let provider = MockProvider::new([reply]);
    for limit in [secs(1), Duration::MAX] {
        let whole = provider.stream(&"How?".into()).await.expect("a stream").collect().await;
        let stream = provider.stream(&"How?".into()).await.expect("a stream");
        let within = collect_within(stream, limit).await;
        assert_eq!(within.expect("a reply"), whole.expect("a reply"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_s_own_error_comes_as_it_is() {
    let cut = Error::new(ErrorKind::Interrupted, "the connection is gone");
    let provider = MockProvider::new([MockReply::from("two words").failing_after(1, cut)]);
    let stream = provider.stream(&"How?".into()).await.expect("a stream");
    let error = collect_within(stream, secs(60)).await.expect_err("cut");
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(error.partial().map(|reply| reply.content.as_str()), Some("two "));
}

#[tokio::test(start_paused = true)]
async fn a_ledger_s_stream_is_settled_at_the_limit_too() {
    let ledger = Ledger::new(Budget::default().with_output_tokens(500)).expect("a budget");
    let stream = ledger.stream(&slow(), &"How?".into()).await.expect("a stream");
    collect_within(stream, secs(2)).await.expect_err("too long");
    assert_eq!((ledger.spend().calls, ledger.estimated_calls()), (1, 1));
}
