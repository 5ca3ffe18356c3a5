//! The blocks of a reply: those of its native turn as they are, else what its fields say.

use ek_core::{LlmResponse, ProtocolName, ToolCall};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::wire::dialect::call_input::CallInput;
use crate::wire::dialect::identity;

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
    ToolUse { id: &'a str, name: &'a str, input: CallInput<'a> },
}

/// All blocks of a reply, in order.
pub(super) fn of(whole: &LlmResponse) -> Vec<Block<'_>> {
    if let Some(blocks) = of_turn(whole) {
        return blocks.into_iter().map(Block::Native).collect();
    }
    let blocks = thinking(whole).into_iter().chain(text(whole));
    blocks.chain(whole.tool_calls.iter().map(of_call)).map(Block::Own).collect()
}

/// The block of the reasoning.
pub(super) fn thinking(whole: &LlmResponse) -> Option<Own<'_>> {
    let thinking = whole.reasoning.as_deref()?;
    Some(Own::Thinking { thinking, signature: identity::signature(whole) })
}

pub(super) fn text(whole: &LlmResponse) -> Option<Own<'_>> {
    let text = whole.content.as_str();
    (!text.is_empty()).then_some(Own::Text { text })
}

pub(super) fn of_call(call: &ToolCall) -> Own<'_> {
    Own::ToolUse { id: &call.id, name: &call.name, input: CallInput::of(call) }
}

/// The blocks of the native turn, if it is one of this protocol and says what the fields say.
pub(super) fn of_turn(whole: &LlmResponse) -> Option<Vec<&RawValue>> {
    let turn = whole.native.as_ref()?;
    let holds = *turn.protocol() == ProtocolName::AnthropicMessages
        && turn.says(&whole.content, &whole.tool_calls);
    serde_json::from_str(turn.json()).ok().filter(|_| holds)
}
