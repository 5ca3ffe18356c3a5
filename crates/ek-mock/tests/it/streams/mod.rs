//! `MockProvider` where the code under test streams.

mod broken;
mod time;

use std::time::Duration;

use ek_core::{
    ChatRequest, ChatStream, DynToolProvider, Error, ErrorKind, FinishReason, LlmProvider,
    LlmResponse, Result, StreamEvent, StreamingProvider, ToolCall, Usage,
};
use ek_mock::{MockProvider, MockReply};

const SECOND: Duration = Duration::from_secs(1);

async fn start(provider: &impl StreamingProvider) -> ChatStream {
    provider.stream(&"?".into()).await.expect("a stream")
}

/// All that is left of a stream, its error included.
async fn drain(mut stream: ChatStream) -> Vec<Result<StreamEvent>> {
    let mut items = Vec::new();
    while let Some(item) = stream.next().await {
        items.push(item);
    }
    items
}

async fn events_of(provider: &MockProvider) -> Vec<StreamEvent> {
    drain(start(provider).await).await.into_iter().collect::<Result<_>>().expect("no error")
}

/// The events, one word each.
fn outline(items: &[Result<StreamEvent>]) -> String {
    let words = items.iter().map(|item| match item {
        Ok(StreamEvent::Text(piece)) => format!("text:{piece}"),
        Ok(StreamEvent::Reasoning(piece)) => format!("reasoning:{piece}"),
        Ok(StreamEvent::Refusal(piece)) => format!("refusal:{piece}"),
        Ok(StreamEvent::ToolCallDelta(delta)) => {
            let head = format!("{:?}/{:?}", delta.id, delta.name);
            format!("delta{}:{head}:{}", delta.call, delta.arguments)
        }
        Ok(StreamEvent::ToolCall(call)) => format!("call:{}", call.id),
        Ok(StreamEvent::Usage(usage)) => format!("usage:{:?}", usage.total()),
        Ok(StreamEvent::Done(_)) => "done".to_owned(),
        Ok(other) => format!("{other:?}"),
        Err(error) => format!("error:{error}"),
    });
    words.collect::<Vec<_>>().join(" | ")
}

fn busy() -> Error {
    Error::new(ErrorKind::RateLimited, "slow down").with_retry_after(SECOND)
}

fn cut() -> Error {
    Error::new(ErrorKind::Interrupted, "cut")
}

/// A reply with something of everything.
fn rich() -> LlmResponse {
    LlmResponse::text("Both.")
        .with_reasoning("Hmm, so")
        .with_refusal("No.")
        .with_tool_calls([
            ToolCall::new("call_a", "tide", r#"{"a":1}"#).with_extra("signature", "s"),
            ToolCall::custom("call_b", "note", "ebb"),
        ])
        .with_usage(Usage::new(11, 4))
        .with_id("reply_1")
        .with_model("mock-1")
        .with_request_id("req_1")
}

#[tokio::test]
async fn all_that_a_reply_holds_comes_in_the_order_of_a_real_stream() {
    let provider = MockProvider::new([rich()]).with_chunk_chars(4);
    let items = drain(start(&provider).await).await;
    assert_eq!(
        outline(&items),
        "reasoning:Hmm, | reasoning: so | text:Both | text:. | refusal:No. \
         | delta0:Some(\"call_a\")/Some(\"tide\"): | delta0:None/None:{\"a\" | delta0:None/None::1} \
         | delta1:Some(\"call_b\")/Some(\"note\"): | delta1:None/None:ebb \
         | call:call_a | call:call_b | usage:Some(15) | done"
    );
}

#[tokio::test]
async fn a_collected_stream_is_what_complete_returns() {
    let odd = LlmResponse::text("").with_finish_reason(FinishReason::ContentFilter);
    let word = LlmResponse::text("ended").with_finish_reason_word("eos");
    for reply in [rich(), odd, word, LlmResponse::default()] {
        let provider = MockProvider::new([reply.clone()]).with_chunk_chars(1);
        let unary = provider.complete(&"?".into()).await.expect("a reply");
        let streamed = start(&provider).await.collect().await.expect("a reply");
        assert_eq!(streamed, unary);
        assert_eq!(streamed, reply);
    }
}

#[tokio::test]
async fn a_stream_has_no_payload_behind_it() {
    let provider = MockProvider::new([LlmResponse::text("warm").with_raw(b"{}".to_vec())]);
    let unary = provider.complete(&"?".into()).await.expect("a reply");
    assert!(!unary.raw.is_empty());
    let streamed = start(&provider).await.collect().await.expect("a reply");
    assert!(streamed.raw.is_empty());
}

#[tokio::test]
async fn pieces_have_the_chosen_size_and_put_together_give_the_text() {
    const TEXT: &str = "Föhn über dem 🌊 — naïve café, 日本語";
    for size in [1, 2, 3, 7, 1000] {
        let provider = MockProvider::new([TEXT]).with_chunk_chars(size);
        let mut text = String::new();
        let mut sizes = Vec::new();
        for event in events_of(&provider).await {
            if let StreamEvent::Text(piece) = event {
                sizes.push(piece.chars().count());
                text.push_str(&piece);
            }
        }
        assert_eq!(text, TEXT);
        let last = sizes.pop().expect("a piece");
        assert!((1..=size).contains(&last), "{last} of {size}");
        assert!(sizes.iter().all(|count| *count == size), "{sizes:?} of {size}");
    }
}

#[tokio::test]
async fn a_text_comes_in_several_pieces_by_default() {
    let items = drain(start(&MockProvider::new(["low water"])).await).await;
    assert_eq!(outline(&items), "text:low  | text:wate | text:r | done");
}

#[tokio::test]
async fn fragments_of_tool_calls_put_together_give_the_calls_whatever_stands_in_them() {
    // Texts that an assembly of real fragments would take for something sent twice or not yet sent.
    for text in ["{}{}", "nullable", "null", "", r#"{"a":{"b":"ø"}}"#] {
        let calls = [ToolCall::new("1", "tide", text), ToolCall::custom("2", "note", text)];
        let reply = LlmResponse::default().with_tool_calls(calls.clone());
        for size in [1, 2, 4] {
            let provider = MockProvider::new([reply.clone()]).with_chunk_chars(size);
            let mut written = [String::new(), String::new()];
            let mut given = Vec::new();
            for event in events_of(&provider).await {
                match event {
                    StreamEvent::ToolCallDelta(delta) => {
                        let named = delta.id.is_some() && delta.name.is_some();
                        assert_eq!(
                            named,
                            written[delta.call].is_empty() && delta.arguments.is_empty()
                        );
                        written[delta.call].push_str(&delta.arguments);
                    }
                    StreamEvent::ToolCall(call) => given.push(call),
                    _ => {}
                }
            }
            assert_eq!(written, calls.clone().map(|call| call.arguments.as_str().to_owned()));
            assert_eq!(given, calls);
        }
    }
}

#[tokio::test]
async fn an_unknown_usage_is_no_event_and_an_empty_reply_is_done_at_once() {
    let items = drain(start(&MockProvider::default()).await).await;
    assert_eq!(outline(&items), "done");
}

#[tokio::test]
async fn streams_and_calls_share_one_script_and_one_record() {
    let provider = MockProvider::new(["a", "b", "c"]);
    let ask = ChatRequest::user("how?").with_temperature(0.2);
    let mut heard = Vec::new();
    for streamed in [true, false, true, true] {
        heard.push(match streamed {
            true => start(&provider).await.collect().await.expect("a reply").content,
            false => provider.complete(&ask).await.expect("a reply").content,
        });
    }
    assert_eq!(heard, ["a", "b", "c", "a"]);
    let calls = provider.calls();
    assert!(calls.iter().map(|call| call.streamed).eq([true, false, true, true]));
    assert!(calls.iter().map(|call| call.number).eq(1..=4));
    assert_eq!((&calls[0].request, &calls[1].request), (&"?".into(), &ask));
}

#[tokio::test]
async fn a_scripted_error_fails_the_call_and_not_the_stream() {
    let provider = MockProvider::new([MockReply::from(busy()), "a".into()]);
    let error = provider.stream(&"?".into()).await.expect_err("an error");
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(SECOND)));
    assert!(error.is_retryable() && error.partial().is_none());
    assert_eq!(start(&provider).await.collect().await.expect("a reply").content, "a");

    let failing = MockProvider::failing(busy());
    failing.stream(&"?".into()).await.expect_err("an error");
    assert!(failing.last_call().expect("recorded").streamed);

    let strict = MockProvider::default().strict();
    let error = strict.stream(&"?".into()).await.expect_err("no reply is left");
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn a_closure_answers_streams_too() {
    let echo = MockProvider::respond_with(|request| {
        request.last_user_text().unwrap_or_default().into_owned()
    });
    let stream = echo.stream(&"flood".into()).await.expect("a stream");
    assert_eq!(stream.collect().await.expect("a reply").content, "flood");
}

#[test]
fn without_pauses_no_runtime_is_needed() {
    let mut polled = std::pin::pin!(async {
        start(&MockProvider::new(["low water"])).await.collect().await.expect("a reply").content
    });
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert_eq!(polled.as_mut().poll(&mut context), std::task::Poll::Ready("low water".to_owned()));
}

#[tokio::test]
async fn a_dropped_stream_was_a_call_and_has_taken_its_reply() {
    let provider = MockProvider::new(["a", "b"]);
    drop(start(&provider).await);
    assert_eq!(start(&provider).await.collect().await.expect("a reply").content, "b");
    assert_eq!(provider.call_count(), 2);
}

#[tokio::test]
async fn the_mock_streams_behind_a_handle_too() {
    let handle = DynToolProvider::streaming(MockProvider::new(["warm"]));
    assert!(handle.supports_streaming());
    assert_eq!(start(&handle).await.collect().await.expect("a reply").content, "warm");
}

#[tokio::test]
async fn debug_shows_the_pace_if_it_was_set_and_no_replies() {
    let reply = MockReply::from("marker").failing_after(1, cut());
    let provider = MockProvider::new([reply.clone()]).with_chunk_chars(2).with_chunk_delay(SECOND);
    let shown = format!("{provider:?} {reply:?} {:?}", start(&provider).await);
    assert!(!shown.contains("marker"), "{shown}");
    assert!(shown.contains("chunk_chars: 2, chunk_delay: 1s }"), "{shown}");
}
