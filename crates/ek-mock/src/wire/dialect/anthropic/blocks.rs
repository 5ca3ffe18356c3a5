//! The blocks of a reply: those of its native turn as they are, else what its fields say.

use ek_core::{LlmResponse, ProtocolName, ToolCall};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::wire::dialect::call_input::CallInput;
use crate::wire::dialect::identity;
use crate::wire::dialect::object::{Object, Part};

/// All blocks of a reply, in order.
pub(super) fn of(whole: &LlmResponse) -> Vec<Part<'_>> {
    if let Some(blocks) = of_turn(whole) {
        return blocks.into_iter().map(Part::Native).collect();
    }
    let reasoning = whole.reasoning.as_deref();
    let thinking = reasoning.map(|thought| thinking(thought, &identity::signature(whole)));
    let text = (!whole.content.is_empty()).then(|| text(&whole.content));
    let calls = whole.tool_calls.iter().map(|call| tool_use(Some(call), CallInput::of(call)));
    thinking.into_iter().chain(text).chain(calls).map(Part::Own).collect()
}

/// The block of the reasoning.
pub(super) fn thinking(thinking: &str, signature: &str) -> Object {
    block("thinking").with("thinking", thinking).with("signature", signature)
}

pub(super) fn text(text: &str) -> Object {
    block("text").with("text", text)
}

pub(super) fn tool_use(call: Option<&ToolCall>, input: impl Serialize) -> Object {
    let (id, name) = call.map_or(("", ""), |call| (&call.id, &call.name));
    block("tool_use").with("id", id).with("name", name).with("input", input)
}

fn block(kind: &str) -> Object {
    Object::new().with("type", kind)
}

/// The blocks of the native turn, if it is one of this protocol and says what the fields say.
pub(super) fn of_turn(whole: &LlmResponse) -> Option<Vec<&RawValue>> {
    let turn = whole.native.as_ref()?;
    let holds = *turn.protocol() == ProtocolName::AnthropicMessages
        && turn.says(&whole.content, &whole.tool_calls);
    serde_json::from_str(turn.json()).ok().filter(|_| holds)
}
