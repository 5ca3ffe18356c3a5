//! The blocks of a reply: those of its native turn as they are, else what its fields say.

use ek_core::{LlmResponse, ProtocolName, ToolCall};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::native;

/// The signature of thinking where the script has none.
const SIGNATURE: &str = "ZWstbW9jaw==";

/// A block as it stands in a whole reply.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Block<'a> {
    Own(Own<'a>),
    /// One of the turn that the script gives.
    Native(&'a RawValue),
}

/// A block that is made from the fields.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Own<'a> {
    Thinking { thinking: &'a str, signature: String },
    Text { text: &'a str },
    ToolUse { id: &'a str, name: &'a str, input: Input<'a> },
}

/// The input of a tool: an object, or the text that is none.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Input<'a> {
    Object(&'a RawValue),
    Text(&'a str),
    /// `{}`, before the pieces of a stream.
    Empty {},
}

/// All blocks of a reply, in order.
pub(super) fn of(whole: &LlmResponse) -> Vec<Block<'_>> {
    if let Some(blocks) = of_turn(whole) {
        return blocks.into_iter().map(Block::Native).collect();
    }
    let blocks = thinking(whole).into_iter().chain(text(whole));
    blocks.chain(whole.tool_calls.iter().map(of_call)).map(Block::Own).collect()
}

/// The block of the reasoning. A reply's `signature` is the key of that name in the turn of a script in
/// JSON.
pub(super) fn thinking(whole: &LlmResponse) -> Option<Own<'_>> {
    let thinking = whole.reasoning.as_deref()?;
    let keys = native::keys(whole.native.as_ref());
    let signature = keys.get("signature").and_then(Value::as_str).unwrap_or(SIGNATURE).to_owned();
    Some(Own::Thinking { thinking, signature })
}

pub(super) fn text(whole: &LlmResponse) -> Option<Own<'_>> {
    let text = whole.content.as_str();
    (!text.is_empty()).then_some(Own::Text { text })
}

pub(super) fn of_call(call: &ToolCall) -> Own<'_> {
    let text = call.arguments.as_str();
    let object = serde_json::from_str(text).ok().filter(|_| !call.is_custom());
    let input = object.map_or(Input::Text(text), Input::Object);
    Own::ToolUse { id: &call.id, name: &call.name, input }
}

/// The blocks of the native turn, if it is one of this protocol and says what the fields say.
pub(super) fn of_turn(whole: &LlmResponse) -> Option<Vec<&RawValue>> {
    let turn = whole.native.as_ref()?;
    let holds = *turn.protocol() == ProtocolName::AnthropicMessages
        && turn.says(&whole.content, &whole.tool_calls);
    serde_json::from_str(turn.json()).ok().filter(|_| holds)
}
