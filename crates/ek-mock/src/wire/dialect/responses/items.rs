//! The items of a response: those of its native turn as they are, else what its fields say.

use ek_core::{LlmResponse, ProtocolName, ToolCall};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::reply;
use crate::wire::dialect::{Call, identity};

/// An item that is made from the fields.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Item<'a> {
    Reasoning {
        id: String,
        summary: [Part<'a>; 1],
        #[serde(skip_serializing_if = "Option::is_none")]
        encrypted_content: Option<String>,
    },
    Message {
        id: String,
        status: &'a str,
        role: &'static str,
        content: Vec<Part<'a>>,
    },
    FunctionCall {
        #[serde(flatten)]
        head: Head<'a>,
        arguments: &'a str,
    },
    CustomToolCall {
        #[serde(flatten)]
        head: Head<'a>,
        input: &'a str,
    },
}

#[derive(Serialize)]
struct Head<'a> {
    id: String,
    status: &'a str,
    call_id: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    SummaryText { text: &'a str },
    OutputText { text: &'a str, annotations: [&'a str; 0], logprobs: [&'a str; 0] },
    Refusal { refusal: &'a str },
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
    let reasoning = whole.reasoning.as_deref().map(|text| Item::Reasoning {
        id: format!("rs_mock_{number}"),
        summary: [Part::SummaryText { text }],
        encrypted_content: is_encrypted(call).then(|| identity::signature(whole)),
    });
    let text = Some(whole.content.as_str()).filter(|text| !text.is_empty());
    let text = text.map(|text| Part::OutputText { text, annotations: [], logprobs: [] });
    let refusal = whole.refusal.as_deref().map(|refusal| Part::Refusal { refusal });
    let content: Vec<Part<'_>> = text.into_iter().chain(refusal).collect();
    let message = (!content.is_empty()).then(|| Item::Message {
        id: format!("msg_mock_{number}"),
        status: status(whole),
        role: "assistant",
        content,
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
    let tool_call: &ToolCall = whole.tool_calls.get(place)?;
    let begin = if tool_call.is_custom() { "ctc" } else { "fc" };
    let head = Head {
        id: format!("{begin}_mock_{}_{place}", call.number),
        status: status(whole),
        call_id: &tool_call.id,
        name: &tool_call.name,
    };
    let text = tool_call.arguments.as_str();
    to_raw_value(&match tool_call.is_custom() {
        true => Item::CustomToolCall { head, input: text },
        false => Item::FunctionCall { head, arguments: text },
    })
    .ok()
}

fn status(whole: &LlmResponse) -> &'static str {
    match reply::end(whole) {
        (Some("incomplete"), _) => "incomplete",
        _ => "completed",
    }
}
