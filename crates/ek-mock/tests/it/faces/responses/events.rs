//! The bytes of a stream, as the API writes them.

use ek_core::{Error, ErrorKind, LlmResponse, ToolCall, Usage};
use ek_mock::{Fault, MockReply};

use super::super::events_of;

async fn events(reply: impl Into<MockReply>) -> String {
    events_of(reply.into(), "POST /v1/responses", r#"{"stream":true,"model":"m","input":"?"}"#)
        .await
}

#[tokio::test]
async fn a_stream_has_the_events_of_the_api_in_its_order() {
    let reply = LlmResponse::text("Ebb.").with_reasoning("hm").with_usage(Usage::new(25, 15));
    let reply = reply.with_tool_calls([ToolCall::new("call_1", "tide", r#"{"a":1}"#)]);
    insta::assert_snapshot!(events(reply).await, @r#"
    event: response.created
    data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_mock_1","object":"response","created_at":1700000000,"status":"in_progress","error":null,"incomplete_details":null,"instructions":null,"model":"m","output":[],"parallel_tool_calls":true,"store":true,"tool_choice":"auto","tools":[],"usage":null}}
    event: response.in_progress
    data: {"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_mock_1","object":"response","created_at":1700000000,"status":"in_progress","error":null,"incomplete_details":null,"instructions":null,"model":"m","output":[],"parallel_tool_calls":true,"store":true,"tool_choice":"auto","tools":[],"usage":null}}
    event: response.output_item.added
    data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"rs_mock_1","summary":[],"type":"reasoning"}}
    event: response.reasoning_summary_part.added
    data: {"type":"response.reasoning_summary_part.added","sequence_number":3,"item_id":"rs_mock_1","output_index":0,"part":{"text":"","type":"summary_text"},"summary_index":0}
    event: response.reasoning_summary_text.delta
    data: {"type":"response.reasoning_summary_text.delta","sequence_number":4,"item_id":"rs_mock_1","output_index":0,"delta":"hm","summary_index":0}
    event: response.reasoning_summary_text.done
    data: {"type":"response.reasoning_summary_text.done","sequence_number":5,"item_id":"rs_mock_1","output_index":0,"summary_index":0,"text":"hm"}
    event: response.reasoning_summary_part.done
    data: {"type":"response.reasoning_summary_part.done","sequence_number":6,"item_id":"rs_mock_1","output_index":0,"part":{"text":"hm","type":"summary_text"},"summary_index":0}
    event: response.output_item.done
    data: {"type":"response.output_item.done","sequence_number":7,"output_index":0,"item":{"type":"reasoning","id":"rs_mock_1","summary":[{"type":"summary_text","text":"hm"}]}}
    event: response.output_item.added
    data: {"type":"response.output_item.added","sequence_number":8,"output_index":1,"item":{"content":[],"id":"msg_mock_1","role":"assistant","status":"in_progress","type":"message"}}
    event: response.content_part.added
    data: {"type":"response.content_part.added","sequence_number":9,"item_id":"msg_mock_1","output_index":1,"content_index":0,"part":{"annotations":[],"logprobs":[],"text":"","type":"output_text"}}
    event: response.output_text.delta
    data: {"type":"response.output_text.delta","sequence_number":10,"item_id":"msg_mock_1","output_index":1,"content_index":0,"delta":"Ebb.","logprobs":[]}
    event: response.output_text.done
    data: {"type":"response.output_text.done","sequence_number":11,"item_id":"msg_mock_1","output_index":1,"content_index":0,"logprobs":[],"text":"Ebb."}
    event: response.content_part.done
    data: {"type":"response.content_part.done","sequence_number":12,"item_id":"msg_mock_1","output_index":1,"content_index":0,"part":{"annotations":[],"logprobs":[],"text":"Ebb.","type":"output_text"}}
    event: response.output_item.done
    data: {"type":"response.output_item.done","sequence_number":13,"output_index":1,"item":{"type":"message","id":"msg_mock_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Ebb.","annotations":[],"logprobs":[]}]}}
    event: response.output_item.added
    data: {"type":"response.output_item.added","sequence_number":14,"output_index":2,"item":{"arguments":"","call_id":"call_1","id":"fc_mock_1_0","name":"tide","status":"in_progress","type":"function_call"}}
    event: response.function_call_arguments.delta
    data: {"type":"response.function_call_arguments.delta","sequence_number":15,"item_id":"fc_mock_1_0","output_index":2,"delta":""}
    event: response.function_call_arguments.delta
    data: {"type":"response.function_call_arguments.delta","sequence_number":16,"item_id":"fc_mock_1_0","output_index":2,"delta":"{\"a\""}
    event: response.function_call_arguments.delta
    data: {"type":"response.function_call_arguments.delta","sequence_number":17,"item_id":"fc_mock_1_0","output_index":2,"delta":":1}"}
    event: response.function_call_arguments.done
    data: {"type":"response.function_call_arguments.done","sequence_number":18,"item_id":"fc_mock_1_0","output_index":2,"arguments":"{\"a\":1}"}
    event: response.output_item.done
    data: {"type":"response.output_item.done","sequence_number":19,"output_index":2,"item":{"type":"function_call","id":"fc_mock_1_0","status":"completed","call_id":"call_1","name":"tide","arguments":"{\"a\":1}"}}
    event: response.completed
    data: {"type":"response.completed","sequence_number":20,"response":{"id":"resp_mock_1","object":"response","created_at":1700000000,"status":"completed","error":null,"incomplete_details":null,"instructions":null,"model":"m","output":[{"type":"reasoning","id":"rs_mock_1","summary":[{"type":"summary_text","text":"hm"}]},{"type":"message","id":"msg_mock_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Ebb.","annotations":[],"logprobs":[]}]},{"type":"function_call","id":"fc_mock_1_0","status":"completed","call_id":"call_1","name":"tide","arguments":"{\"a\":1}"}],"parallel_tool_calls":true,"store":true,"tool_choice":"auto","tools":[],"usage":{"input_tokens":25,"input_tokens_details":{"cached_tokens":0},"output_tokens":15,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":40}}}
    "#);
}

#[tokio::test]
async fn a_stream_without_its_end_is_cut_and_has_no_mark_to_leave_out() {
    let reply = || MockReply::from("Ebb and flood").with_chunk_chars(4);
    let whole = events(reply()).await;
    assert!(whole.contains("event: response.completed"), "{whole}");
    assert_eq!(events(reply().without_done()).await, whole);
    let cut = events(reply().failing_after(1, Fault::Cut)).await;
    assert!(cut.ends_with(r#""content_index":0,"delta":"Ebb ","logprobs":[]}"#), "{cut}");
}

/// The events behind the first piece of a reply, or in place of it.
async fn failing_after(pieces: usize) -> String {
    let busy = Error::new(ErrorKind::RateLimited, "slow down");
    let reply = MockReply::from("Ebb and flood").with_chunk_chars(4);
    events(reply.failing_after(pieces, busy)).await
}

#[tokio::test]
async fn an_error_in_mid_stream_is_followed_by_the_failed_response() {
    let events = failing_after(1).await;
    let (_, behind) = events.split_once("event: error").expect("an error");
    insta::assert_snapshot!(format!("event: error{behind}"), @r#"
    event: error
    data: {"type":"error","sequence_number":5,"error":{"message":"slow down","type":"rate_limit_exceeded","param":null,"code":null}}
    event: response.failed
    data: {"type":"response.failed","sequence_number":6,"response":{"id":"resp_mock_1","object":"response","created_at":1700000000,"status":"failed","error":{"code":"rate_limit_exceeded","message":"slow down"},"incomplete_details":null,"instructions":null,"model":"m","output":[],"parallel_tool_calls":true,"store":true,"tool_choice":"auto","tools":[],"usage":null}}
    "#);
}

#[tokio::test]
async fn a_response_that_fails_before_its_first_piece_begins_all_the_same() {
    let events = failing_after(0).await;
    let names: Vec<_> = events.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    let expected = ["response.created", "response.in_progress", "error", "response.failed"];
    assert_eq!(names, expected);
    assert!(events.contains(r#""type":"error","sequence_number":2"#), "{events}");
}
