//! The input of a tool call, in protocols that write it as JSON and not as text.

use ek_core::ToolCall;
use serde::Serialize;
use serde_json::value::RawValue;

/// The input of a tool: an object, or the text that is none.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum CallInput<'a> {
    Object(&'a RawValue),
    Text(&'a str),
}

impl<'a> CallInput<'a> {
    pub(super) fn of(call: &'a ToolCall) -> Self {
        let text = call.arguments.as_str();
        let object = serde_json::from_str(text).ok().filter(|_| !call.is_custom());
        object.map_or(Self::Text(text), Self::Object)
    }
}
