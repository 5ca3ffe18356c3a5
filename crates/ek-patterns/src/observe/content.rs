//! Prompts and replies as the GenAI conventions write them into spans, where that is switched on.

use ek_core::{Content, LlmResponse, Message};
use serde_json::{Value, json};

/// The conversation, as JSON.
pub(super) fn input(messages: &[Message]) -> String {
    messages.iter().map(message).collect::<Value>().to_string()
}

/// The reply, as JSON.
pub(super) fn output(response: &LlmResponse) -> String {
    let mut reply = message(&Message::from(response));
    reply["finish_reason"] = json!(response.finish_reason_raw());
    json!([reply]).to_string()
}

fn message(message: &Message) -> Value {
    let mut parts = Vec::new();
    let text = message.content.as_ref().map(Content::text).unwrap_or_default();
    if let Some(id) = &message.tool_call_id {
        parts.push(json!({ "type": "tool_call_response", "id": id, "response": text }));
    } else if !text.is_empty() {
        parts.push(json!({ "type": "text", "content": text }));
    }
    for call in &message.tool_calls {
        let arguments = call.arguments.as_str();
        parts.push(json!({
            "type": "tool_call", "id": call.id, "name": call.name, "arguments": arguments,
        }));
    }
    json!({ "role": message.role.as_str(), "parts": parts })
}

#[cfg(test)]
mod tests {
    use ek_core::{FinishReason, ToolCall};

    use super::*;

    #[test]
    fn messages_are_written_as_roles_and_parts() {
        let call = ToolCall::new("c1", "tide", r#"{"at":"noon"}"#);
        let reply = LlmResponse::default().with_tool_calls([call]);
        let messages = [Message::user("high?"), Message::from(&reply), Message::tool("c1", "yes")];
        let written: Value = serde_json::from_str(&input(&messages)).expect("JSON");
        assert_eq!(
            written,
            json!([
                { "role": "user", "parts": [{ "type": "text", "content": "high?" }] },
                { "role": "assistant", "parts": [
                    { "type": "tool_call", "id": "c1", "name": "tide", "arguments": r#"{"at":"noon"}"# },
                ] },
                { "role": "tool", "parts": [
                    { "type": "tool_call_response", "id": "c1", "response": "yes" },
                ] },
            ])
        );
        let cut = LlmResponse::text("ye").with_finish_reason(FinishReason::Length);
        assert!(output(&cut).contains(r#""finish_reason":"length""#), "{}", output(&cut));
    }
}
