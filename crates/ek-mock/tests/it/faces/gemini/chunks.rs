//! The bytes of a stream, as the API writes them.

use ek_core::{LlmResponse, ToolCall, ToolCallFragment, Usage};
use ek_mock::{Fault, MockReply};

use super::super::events_of;

async fn events(reply: impl Into<MockReply>) -> String {
    let path = "POST /v1beta/models/m:streamGenerateContent?alt=sse";
    events_of(reply.into(), path, r#"{"contents":[{"parts":[{"text":"?"}]}]}"#).await
}

#[tokio::test]
async fn a_call_comes_whole_with_its_last_piece() {
    let reply = LlmResponse::text("Ebb.").with_reasoning("hm").with_usage(Usage::new(25, 15));
    let reply = reply.with_tool_calls([ToolCall::new("call_1", "tide", r#"{"a":1}"#)]);
    insta::assert_snapshot!(events(reply).await, @r#"
    data: {"candidates":[{"content":{"parts":[{"text":"hm","thought":true}],"role":"model"},"index":0}],"modelVersion":"m","responseId":"mock-1"}
    data: {"candidates":[{"content":{"parts":[{"text":"Ebb."}],"role":"model"},"index":0}],"modelVersion":"m","responseId":"mock-1"}
    data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"index":0}],"modelVersion":"m","responseId":"mock-1"}
    data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"index":0}],"modelVersion":"m","responseId":"mock-1"}
    data: {"candidates":[{"content":{"parts":[{"functionCall":{"id":"call_1","name":"tide","args":{"a":1}},"thoughtSignature":"ZWstbW9jaw=="}],"role":"model"},"index":0}],"modelVersion":"m","responseId":"mock-1"}
    data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":25,"candidatesTokenCount":15,"totalTokenCount":40},"modelVersion":"m","responseId":"mock-1"}
    "#);
}

#[tokio::test]
async fn calls_come_in_the_order_of_the_reply() {
    let fragment = |index| ToolCallFragment::new().with_index(index);
    let fragments = [
        fragment(2).with_id("b").with_name("wind").with_arguments(r#"{"b":"#),
        fragment(9).with_id("a").with_name("tide").with_arguments(r#"{"a":1}"#),
        fragment(2).with_arguments("2}"),
    ];
    let found = events(MockReply::in_fragments("", fragments)).await;
    let last = found.lines().rev().nth(1).expect("a chunk");
    let (wind, tide) = (last.find("wind").expect("a call"), last.find("tide").expect("a call"));
    assert!(wind < tide, "{last}");
}

#[tokio::test]
async fn a_stream_ends_with_its_finish_reason_and_has_no_mark_to_leave_out() {
    let reply = || MockReply::from("Ebb and flood").with_chunk_chars(4);
    let whole = events(reply()).await;
    let last = whole.lines().last().expect("a chunk");
    assert!(last.contains(r#""finishReason":"STOP""#), "{last}");
    assert_eq!(events(reply().without_done()).await, whole);
    let cut = events(reply().failing_after(1, Fault::Cut)).await;
    assert_eq!(cut.lines().count(), 1, "{cut}");
}
