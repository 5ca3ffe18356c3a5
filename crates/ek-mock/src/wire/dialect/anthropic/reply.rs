//! The JSON of a message: a whole reply, and what the first event of a stream says of it.

use ek_core::{FinishReason, LlmResponse, Usage};

use super::super::Call;
use super::blocks;
use crate::wire::dialect::object::Object;
use crate::wire::dialect::{identity, json};

/// What a message begins with.
pub(super) fn head(whole: &LlmResponse, call: Call<'_>) -> Object {
    Object::new()
        .with("id", identity::id(whole, call, "msg_mock_"))
        .with("type", "message")
        .with("role", "assistant")
        .with("model", identity::model(whole, call))
}

/// Token counts by the rule of this protocol: the input is what no cache has to do with. What is not known
/// is `null`: clients read the object and its keys without asking.
pub(super) fn usage(usage: &Usage) -> Object {
    let cached = usage.cached_input_tokens.unwrap_or(0);
    let beside = cached.saturating_add(usage.cache_write_tokens.unwrap_or(0));
    let details = |thinking: u64| Object::new().with("thinking_tokens", thinking);
    Object::new()
        .with("input_tokens", usage.input_tokens.map(|input| input.saturating_sub(beside)))
        .with("cache_creation_input_tokens", usage.cache_write_tokens)
        .with("cache_read_input_tokens", usage.cached_input_tokens)
        .with("output_tokens", usage.output_tokens)
        .with_some("output_tokens_details", usage.reasoning_tokens.map(details))
}

/// The counts at the beginning of a stream: of the output there is one token at the most.
pub(super) fn usage_at_start(usage_at_end: &Usage) -> Object {
    let mut at_start = *usage_at_end;
    at_start.output_tokens = at_start.output_tokens.map(|output| output.min(1));
    at_start.reasoning_tokens = None;
    usage(&at_start)
}

/// The body of a reply in one piece.
pub(super) fn message(whole: &LlmResponse, call: Call<'_>) -> Vec<u8> {
    let message = head(whole, call).with("content", blocks::of(whole));
    json::bytes(&message.and(stop(whole, call)).with("usage", usage(&whole.usage)))
}

/// Why the model stopped.
pub(super) fn stop(whole: &LlmResponse, call: Call<'_>) -> Object {
    let reason = stop_reason(whole);
    let sequence = call.request.stop.first().filter(|_| reason == Some("stop_sequence"));
    let details = |explanation: &str| {
        let details = Object::new().with("type", "refusal").with_null("category");
        details.with("explanation", explanation)
    };
    Object::new()
        .with("stop_reason", reason)
        .with("stop_sequence", sequence)
        .with_some("stop_details", whole.refusal.as_deref().map(details))
}

/// The reason in the words of this protocol; one of its own words stays as it is.
fn stop_reason(whole: &LlmResponse) -> Option<&str> {
    const OWN: [&str; 7] = [
        "end_turn",
        "max_tokens",
        "stop_sequence",
        "tool_use",
        "pause_turn",
        "refusal",
        "model_context_window_exceeded",
    ];
    let word = whole.finish_reason_raw()?;
    if OWN.contains(&word) {
        return Some(word);
    }
    Some(match &whole.finish_reason {
        Some(FinishReason::Stop) if whole.refusal.is_some() => "refusal",
        Some(FinishReason::Stop) => "end_turn",
        Some(FinishReason::Length) => "max_tokens",
        Some(FinishReason::ToolCalls) => "tool_use",
        Some(FinishReason::ContentFilter) => "refusal",
        Some(FinishReason::Paused) => "pause_turn",
        _ => word,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::dialect::a_call;
    use ek_core::{ChatRequest, NativeTurn, ProtocolName, RawJson, ToolCall};

    fn body(reply: &LlmResponse) -> String {
        let request = ChatRequest::user("?").with_model("m").with_stop(["END"]);
        String::from_utf8(message(reply, a_call(&request))).expect("UTF-8")
    }

    #[test]
    fn a_text_has_the_shape_of_the_api() {
        let mut usage = Usage::new(120, 4);
        usage.cached_input_tokens = Some(100);
        usage.cache_write_tokens = Some(8);
        usage.reasoning_tokens = Some(3);
        assert_eq!(
            body(&LlmResponse::text("hi").with_usage(usage)),
            r#"{"id":"msg_mock_7","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":8,"cache_read_input_tokens":100,"output_tokens":4,"output_tokens_details":{"thinking_tokens":3}}}"#
        );
    }

    #[test]
    fn thinking_and_calls_are_blocks_and_an_unknown_count_is_null() {
        let calls = [
            ToolCall::new("a", "tide", r#"{"b": 1e2, "a":0}"#),
            ToolCall::new("b", "wind", "{\"x"),
        ];
        let reply = LlmResponse::text("").with_reasoning("hm").with_tool_calls(calls);
        assert_eq!(
            body(&reply.with_id("i").with_model("own")),
            r#"{"id":"i","type":"message","role":"assistant","model":"own","content":[{"type":"thinking","thinking":"hm","signature":"ZWstbW9jaw=="},{"type":"tool_use","id":"a","name":"tide","input":{"b": 1e2, "a":0}},{"type":"tool_use","id":"b","name":"wind","input":"{\"x"}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":null,"cache_creation_input_tokens":null,"cache_read_input_tokens":null,"output_tokens":null}}"#
        );
    }

    #[test]
    fn a_native_turn_is_sent_as_it_is_while_it_holds() {
        let blocks = r#"[{"type":"redacted_thinking","data":"x"},{"type":"text","text":"Ebb."}]"#;
        let json = RawJson::new(blocks).expect("JSON");
        let turn = NativeTurn::new(ProtocolName::AnthropicMessages, json, "Ebb.", &[]);
        let mut reply = LlmResponse::text("Ebb.").with_native(turn);
        assert!(body(&reply).contains(blocks));
        reply.content = "Flood.".to_owned();
        assert!(body(&reply).contains(r#""content":[{"type":"text","text":"Flood."}]"#));
    }

    #[test]
    fn every_reason_has_a_word_of_this_protocol() {
        let text = || LlmResponse::text("x");
        for (reply, found) in [
            (text().with_finish_reason_word("length"), r#""max_tokens","stop_sequence":null"#),
            (
                text().with_finish_reason_word("stop_sequence"),
                r#""stop_sequence","stop_sequence":"END""#,
            ),
            (text().with_finish_reason_word("paused"), r#""pause_turn","stop_sequence":null"#),
            (text().with_finish_reason_word("compaction"), r#""compaction","stop_sequence":null"#),
            (
                text().with_refusal("no"),
                r#""refusal","stop_sequence":null,"stop_details":{"type":"refusal","category":null,"explanation":"no"}"#,
            ),
        ] {
            let body = body(&reply);
            assert!(body.contains(&format!(r#""stop_reason":{found}"#)), "{body}");
        }
    }
}
