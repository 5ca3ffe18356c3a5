//! The conversation: a text, or items. Those of the model that follow each other are one turn.

use ek_core::{Arguments, Content, Message, NativeTurn, ProtocolName, RawJson, Role, ToolCall};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::parts;
use crate::wire::dialect::json::{has_only, text_of};

/// Reads instructions and conversation.
///
/// # Errors
///
/// What of it is no item.
pub(super) fn read(instructions: Option<String>, input: &RawValue) -> Result<Vec<Message>, String> {
    let mut messages: Vec<Message> = instructions.into_iter().map(Message::system).collect();
    if let Ok(text) = serde_json::from_str::<String>(input.get()) {
        messages.push(Message::user(text));
        return Ok(messages);
    }
    let why = "`input` is neither a text nor a list of items, each with a type or a role";
    let items: Vec<&RawValue> = serde_json::from_str(input.get()).map_err(|_| why)?;
    let mut turn = Turn::default();
    for raw in items {
        let mut item: Map<String, Value> = serde_json::from_str(raw.get()).map_err(|_| why)?;
        item.retain(|_, value| !value.is_null());
        let kind = match text_of(&item, "type") {
            kind if kind.is_empty() && item.contains_key("role") => "message".to_owned(),
            kind => kind,
        };
        if kind.is_empty() {
            return Err(why.to_owned());
        }
        let is_message = kind == "message";
        if is_message && text_of(&item, "role") != "assistant" {
            messages.extend(std::mem::take(&mut turn).message()?);
            messages.push(said(&item)?);
        } else if ["_output", "_response"].iter().any(|end| kind.ends_with(end)) {
            messages.extend(std::mem::take(&mut turn).message()?);
            messages.push(result(&kind, item));
        } else {
            turn.add(raw, &kind, &item);
        }
    }
    messages.extend(turn.message()?);
    Ok(messages)
}

fn said(item: &Map<String, Value>) -> Result<Message, String> {
    let role = match text_of(item, "role").as_str() {
        "user" => Role::User,
        "system" => Role::System,
        "developer" => Role::Developer,
        _ => {
            return Err(
                "a message has a role that is none of user, assistant, system, developer".into()
            );
        }
    };
    Ok(Message::new(role, item.get("content").map_or_else(|| "".into(), parts::content)))
}

/// What a tool said, or what else the user's side answers with.
fn result(kind: &str, item: Map<String, Value>) -> Message {
    if ["function_call_output", "custom_tool_call_output"].contains(&kind) {
        let output = item.get("output").map_or_else(|| "".into(), parts::content);
        return Message::tool(text_of(&item, "call_id"), output);
    }
    Message::user(Content::Other(Value::Object(item)))
}

/// A turn of the model in the making.
#[derive(Default)]
struct Turn<'a> {
    items: Vec<&'a str>,
    text: String,
    calls: Vec<ToolCall>,
    /// The flat fields do not hold all of it.
    is_rich: bool,
}

impl<'a> Turn<'a> {
    fn add(&mut self, raw: &'a RawValue, kind: &str, item: &Map<String, Value>) {
        let is_first = self.items.is_empty();
        self.items.push(raw.get());
        match kind {
            "message" => {
                let content = item.get("content");
                if text_of(item, "phase") != "commentary" {
                    self.text.extend(content.map(parts::said));
                }
                let is_text = content.is_some_and(Value::is_string);
                self.is_rich |= !(is_first && is_text && has_only(item, &["role", "content"]));
            }
            "function_call" | "custom_tool_call" => {
                let key = if kind == "function_call" { "arguments" } else { "input" };
                let text = text_of(item, key);
                let arguments = match kind {
                    "function_call" => Arguments::from_text(text),
                    _ => Arguments::free_text(text),
                };
                let (id, name) = (text_of(item, "call_id"), text_of(item, "name"));
                self.calls.push(ToolCall::with_arguments(id, name, arguments));
                self.is_rich |= !has_only(item, &["type", "call_id", "name", key]);
            }
            _ => self.is_rich = true,
        }
    }

    fn message(self) -> Result<Option<Message>, String> {
        if self.items.is_empty() {
            return Ok(None);
        }
        let mut message = Message::assistant(self.text).with_tool_calls(self.calls);
        if self.is_rich {
            let json = RawJson::new(format!("[{}]", self.items.join(",")));
            let json = json.map_err(|_| "an item cannot be kept")?;
            let protocol = ProtocolName::OpenAiResponses;
            let turn = NativeTurn::new(protocol, json, &message.text(), &message.tool_calls);
            message.native = Some(turn);
        }
        Ok(Some(message))
    }
}
