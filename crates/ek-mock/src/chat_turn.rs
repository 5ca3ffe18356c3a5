//! The turns of chat completions: what a message has there beyond its text and its calls.

use ek_core::{LlmResponse, NativeTurn, ProtocolName, RawJson, ToolCall};
use serde_json::{Map, Value};

const PROTOCOL: ProtocolName = ProtocolName::ChatCompletions;

/// The turn with these keys; `None` without any.
pub(crate) fn turn(
    keys: Map<String, Value>,
    content: &str,
    calls: &[ToolCall],
) -> Option<NativeTurn> {
    let json = (!keys.is_empty()).then(|| RawJson::from(Value::Object(keys)))?;
    Some(NativeTurn::new(PROTOCOL, json, content, calls))
}

/// The keys of a reply's turn; none of another protocol's.
pub(crate) fn keys(reply: &LlmResponse) -> Map<String, Value> {
    let own = reply.native.as_ref().filter(|turn| *turn.protocol() == PROTOCOL);
    let object = own.and_then(|turn| serde_json::from_str(turn.json()).ok());
    object.unwrap_or_default()
}
