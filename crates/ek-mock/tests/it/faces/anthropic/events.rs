//! The bytes of a stream, as the API writes them.

use ek_core::{LlmResponse, ToolCall, Usage};
use ek_mock::{Fault, MockReply};

use super::super::events_of;

async fn events(reply: impl Into<MockReply>) -> String {
    let body =
        r#"{"stream":true,"model":"m","max_tokens":9,"messages":[{"role":"user","content":"?"}]}"#;
    events_of(reply.into(), "POST /v1/messages", body).await
}

#[tokio::test]
async fn a_stream_has_the_events_of_the_api_in_its_order() {
    let mut usage = Usage::new(25, 15);
    usage.cached_input_tokens = Some(20);
    let reply = LlmResponse::text("Ebb.").with_reasoning("hm").with_usage(usage);
    let reply = reply.with_tool_calls([ToolCall::new("call_1", "tide", r#"{"a":1}"#)]);
    insta::assert_snapshot!(events(reply).await, @r#"
    event: message_start
    data: {"type":"message_start","message":{"id":"msg_mock_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":null,"cache_read_input_tokens":20,"output_tokens":1}}}
    event: ping
    data: {"type":"ping"}
    event: content_block_start
    data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
    event: content_block_delta
    data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}
    event: content_block_delta
    data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"ZWstbW9jaw=="}}
    event: content_block_stop
    data: {"type":"content_block_stop","index":0}
    event: content_block_start
    data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}
    event: content_block_delta
    data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Ebb."}}
    event: content_block_stop
    data: {"type":"content_block_stop","index":1}
    event: content_block_start
    data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"call_1","name":"tide","input":{}}}
    event: content_block_delta
    data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}
    event: content_block_delta
    data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}
    event: content_block_delta
    data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":":1}"}}
    event: content_block_stop
    data: {"type":"content_block_stop","index":2}
    event: message_delta
    data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":5,"cache_creation_input_tokens":null,"cache_read_input_tokens":20,"output_tokens":15}}
    event: message_stop
    data: {"type":"message_stop"}
    "#);
}

#[tokio::test]
async fn an_empty_reply_has_no_block() {
    insta::assert_snapshot!(events("").await, @r#"
    event: message_start
    data: {"type":"message_start","message":{"id":"msg_mock_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":null,"cache_creation_input_tokens":null,"cache_read_input_tokens":null,"output_tokens":null}}}
    event: ping
    data: {"type":"ping"}
    event: message_delta
    data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":null,"cache_creation_input_tokens":null,"cache_read_input_tokens":null,"output_tokens":null}}
    event: message_stop
    data: {"type":"message_stop"}
    "#);
}

#[tokio::test]
async fn a_stream_ends_where_the_fault_is() {
    let reply = || MockReply::from("Ebb and flood").with_chunk_chars(4);
    let whole = events(reply()).await;
    assert!(whole.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}"), "{whole}");
    let without = events(reply().without_done()).await;
    assert!(without.contains(r#""stop_reason":"end_turn""#) && !without.contains("message_stop"));
    let cut = events(reply().failing_after(1, Fault::Cut)).await;
    assert!(cut.ends_with(r#""index":0,"delta":{"type":"text_delta","text":"Ebb "}}"#), "{cut}");
}
