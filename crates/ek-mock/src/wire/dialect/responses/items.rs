//! The items of a response: those of its native turn as they are, else what its fields say.

use ek_core::{LlmResponse, ProtocolName};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::reply;
use crate::wire::dialect::object::Object;
use crate::wire::dialect::{Call, identity};

fn typed(kind: &str) -> Object {
    Object::new().with("type", kind)
}

/// All items of a reply, in order.
pub(super) fn of(whole: &LlmResponse, call: Call<'_>) -> Vec<Box<RawValue>> {
    of_turn(whole).unwrap_or_else(|| {
        let calls = (0..whole.tool_calls.len()).filter_map(|place| of_call(whole, call, place));
        said(whole, call).into_iter().chain(calls).collect()
    })
}

/// The items of the native turn, if it is one of this protocol and says what the fields say.
pub(super) fn of_turn(whole: &LlmResponse) -> Option<Vec<Box<RawValue>>> {
    let turn = whole.native.as_ref()?;
    let holds = *turn.protocol() == ProtocolName::OpenAiResponses
        && turn.says(&whole.content, &whole.tool_calls);
    serde_json::from_str(turn.json()).ok().filter(|_| holds)
}

/// The reasoning, and the message with text and refusal.
pub(super) fn said(whole: &LlmResponse, call: Call<'_>) -> Vec<Box<RawValue>> {
    let number = call.number;
    let reasoning = whole.reasoning.as_deref().map(|text| {
        let signature = is_encrypted(call).then(|| identity::signature(whole));
        typed("reasoning")
            .with("id", format!("rs_mock_{number}"))
            .with("summary", [typed("summary_text").with("text", text)])
            .with_some("encrypted_content", signature)
    });
    let text = (!whole.content.is_empty()).then(|| {
        let text = typed("output_text").with("text", &whole.content);
        text.with("annotations", json!([])).with("logprobs", json!([]))
    });
    let refusal = whole.refusal.as_ref();
    let refusal = refusal.map(|refusal| typed("refusal").with("refusal", refusal));
    let content: Vec<Object> = text.into_iter().chain(refusal).collect();
    let message = (!content.is_empty()).then(|| {
        typed("message")
            .with("id", format!("msg_mock_{number}"))
            .with("status", status(whole))
            .with("role", "assistant")
            .with("content", content)
    });
    reasoning.into_iter().chain(message).filter_map(|item| to_raw_value(&item).ok()).collect()
}

/// Whether the client wants the reasoning in a form that it can send back to a server that keeps nothing.
fn is_encrypted(call: Call<'_>) -> bool {
    let wished = call.request.extra.get("include").and_then(Value::as_array);
    wished.is_some_and(|wished| wished.iter().any(|word| word == "reasoning.encrypted_content"))
}

/// The item of the call at this place.
pub(super) fn of_call(whole: &LlmResponse, call: Call<'_>, place: usize) -> Option<Box<RawValue>> {
    let tool_call = whole.tool_calls.get(place)?;
    let (kind, begin, handed) = match tool_call.is_custom() {
        true => ("custom_tool_call", "ctc", "input"),
        false => ("function_call", "fc", "arguments"),
    };
    let item = typed(kind)
        .with("id", format!("{begin}_mock_{}_{place}", call.number))
        .with("status", status(whole))
        .with("call_id", &tool_call.id)
        .with("name", &tool_call.name)
        .with(handed, tool_call.arguments.as_str());
    to_raw_value(&item).ok()
}

fn status(whole: &LlmResponse) -> &'static str {
    match reply::end(whole) {
        (Some("incomplete"), _) => "incomplete",
        _ => "completed",
    }
}
