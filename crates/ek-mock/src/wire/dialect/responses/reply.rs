//! The JSON of a response: a whole reply, and what the first events of a stream say of it.

use ek_core::{FinishReason, LlmResponse, Usage};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::items;
use crate::wire::dialect::object::Object;
use crate::wire::dialect::{Call, identity, json};

/// How far a response has come.
#[derive(Default)]
pub(super) struct Stage<'a> {
    pub(super) status: Option<&'a str>,
    pub(super) error: Option<Object>,
    /// Why it is incomplete.
    pub(super) incomplete: Option<&'a str>,
    pub(super) output: Vec<Box<RawValue>>,
    pub(super) usage: Option<Object>,
}

impl<'a> Stage<'a> {
    /// All that the reply says.
    pub(super) fn whole(whole: &'a LlmResponse, call: Call<'_>) -> Self {
        let (status, incomplete) = end(whole);
        let output = items::of(whole, call);
        Self { status, error: None, incomplete, output, usage: usage(&whole.usage) }
    }
}

/// Token counts. The parts that the API always names are 0 where they are not known: clients take nothing
/// but a number there.
fn usage(usage: &Usage) -> Option<Object> {
    (*usage != Usage::default()).then(|| {
        let cached = Object::new().with("cached_tokens", usage.cached_input_tokens.unwrap_or(0));
        let input = cached.with_some("cache_write_tokens", usage.cache_write_tokens);
        let output = Object::new().with("reasoning_tokens", usage.reasoning_tokens.unwrap_or(0));
        Object::new()
            .with("input_tokens", usage.input_tokens)
            .with("input_tokens_details", input)
            .with("output_tokens", usage.output_tokens)
            .with("output_tokens_details", output)
            .with("total_tokens", usage.total())
    })
}

/// The response at this stage.
pub(super) fn at(whole: &LlmResponse, call: Call<'_>, stage: Stage<'_>) -> Object {
    let details = stage.incomplete.map(|reason| Object::new().with("reason", reason));
    let is_stored = call.request.extra.get("store") != Some(&Value::Bool(false));
    Object::new()
        .with("id", identity::id(whole, call, "resp_mock_"))
        .with("object", "response")
        .with("created_at", identity::CREATED)
        .with("status", stage.status)
        .with("error", stage.error)
        .with("incomplete_details", details)
        .with_null("instructions")
        .with("model", identity::model(whole, call))
        .with("output", stage.output)
        .with("parallel_tool_calls", call.request.parallel_tool_calls.unwrap_or(true))
        .with("store", is_stored)
        .with("tool_choice", "auto")
        .with("tools", json!([]))
        .with("usage", stage.usage)
}

/// The body of a reply in one piece.
pub(super) fn response(whole: &LlmResponse, call: Call<'_>) -> Vec<u8> {
    json::bytes(&at(whole, call, Stage::whole(whole, call)))
}

/// The status, and why the response is incomplete. A word that is no status of this protocol's is such a
/// reason.
pub(super) fn end(whole: &LlmResponse) -> (Option<&str>, Option<&str>) {
    const STATUSES: [&str; 5] = ["completed", "cancelled", "failed", "in_progress", "queued"];
    let Some(reason) = &whole.finish_reason else { return (None, None) };
    let word = whole.finish_reason_raw().unwrap_or_default();
    match reason {
        _ if STATUSES.contains(&word) => (Some(word), None),
        FinishReason::Stop | FinishReason::ToolCalls => (Some("completed"), None),
        FinishReason::Length => (Some("incomplete"), Some("max_output_tokens")),
        FinishReason::ContentFilter => (Some("incomplete"), Some("content_filter")),
        _ => (Some("incomplete"), Some(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::dialect::a_call;
    use ek_core::{ChatRequest, NativeTurn, ProtocolName, RawJson, ToolCall};

    fn body(reply: &LlmResponse) -> String {
        body_for(reply, &ChatRequest::user("?").with_model("m"))
    }

    fn body_for(reply: &LlmResponse, request: &ChatRequest) -> String {
        String::from_utf8(response(reply, a_call(request))).expect("UTF-8")
    }

    #[test]
    fn a_text_has_the_shape_of_the_api() {
        let mut usage = Usage::new(120, 4);
        usage.cached_input_tokens = Some(100);
        usage.reasoning_tokens = Some(3);
        assert_eq!(
            body(&LlmResponse::text("hi").with_usage(usage)),
            r#"{"id":"resp_mock_7","object":"response","created_at":1700000000,"status":"completed","error":null,"incomplete_details":null,"instructions":null,"model":"m","output":[{"type":"message","id":"msg_mock_7","status":"completed","role":"assistant","content":[{"type":"output_text","text":"hi","annotations":[],"logprobs":[]}]}],"parallel_tool_calls":true,"store":true,"tool_choice":"auto","tools":[],"usage":{"input_tokens":120,"input_tokens_details":{"cached_tokens":100},"output_tokens":4,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":124}}"#
        );
    }

    #[test]
    fn reasoning_and_calls_are_items_and_a_refusal_is_a_part() {
        let calls =
            [ToolCall::new("a", "tide", r#"{"b": 1e2}"#), ToolCall::custom("b", "sh", "ls")];
        let reply = LlmResponse::text("").with_reasoning("hm").with_tool_calls(calls);
        let found = body(&reply.with_refusal("no"));
        let output = r#""output":[{"type":"reasoning","id":"rs_mock_7","summary":[{"type":"summary_text","text":"hm"}]},{"type":"message","id":"msg_mock_7","status":"completed","role":"assistant","content":[{"type":"refusal","refusal":"no"}]},{"type":"function_call","id":"fc_mock_7_0","status":"completed","call_id":"a","name":"tide","arguments":"{\"b\": 1e2}"},{"type":"custom_tool_call","id":"ctc_mock_7_1","status":"completed","call_id":"b","name":"sh","input":"ls"}]"#;
        assert!(found.contains(output), "{found}");
    }

    #[test]
    fn reasoning_is_encrypted_where_that_was_asked_for() {
        let reply = LlmResponse::text("hi").with_reasoning("hm");
        let asked = ChatRequest::user("?").with_extra("store", false);
        let asked = asked.with_extra("include", ["reasoning.encrypted_content"]);
        let found = body_for(&reply, &asked);
        assert!(found.contains(r#""encrypted_content":"ZWstbW9jaw==""#), "{found}");
        assert!(found.contains(r#""store":false"#), "{found}");
        assert!(!body(&reply).contains("encrypted_content"));
    }

    #[test]
    fn a_native_turn_is_sent_as_it_is_while_it_holds() {
        let items = r#"[{"type":"web_search_call","id":"ws_1"},{"content":[{"type":"output_text","text":"Ebb."}],"type":"message","role":"assistant"}]"#;
        let json = RawJson::new(items).expect("JSON");
        let turn = NativeTurn::new(ProtocolName::OpenAiResponses, json, "Ebb.", &[]);
        let mut reply = LlmResponse::text("Ebb.").with_native(turn);
        assert!(body(&reply).contains(items));
        reply.content = "Flood.".to_owned();
        assert!(!body(&reply).contains("ws_1"));
    }

    #[test]
    fn every_reason_has_a_status_and_what_is_missing_a_reason() {
        let text = || LlmResponse::text("x");
        for (reply, status, reason) in [
            (text(), Some("completed"), None),
            (
                text().with_finish_reason_word("length"),
                Some("incomplete"),
                Some("max_output_tokens"),
            ),
            (text().with_finish_reason_word("refusal"), Some("incomplete"), Some("content_filter")),
            (text().with_finish_reason_word("paused"), Some("incomplete"), Some("paused")),
            (text().with_finish_reason_word("steered"), Some("incomplete"), Some("steered")),
            (text().with_finish_reason_word("cancelled"), Some("cancelled"), None),
            (text().with_finish_reason_word(""), None, None),
        ] {
            assert_eq!(end(&reply), (status, reason), "{:?}", reply.finish_reason);
        }
    }
}
