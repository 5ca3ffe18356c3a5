//! The conversation: each part of the instructions, each result of a tool and each turn is a message.

use std::collections::HashSet;

use ek_core::{
    Arguments, Content, ContentPart, Message, NativeTurn, ProtocolName, RawJson, ToolCall,
};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::keys::{camel, camel_keys};
use super::parts::part;
use crate::wire::dialect::json::{has_only, text_of};
use crate::wire::dialect::parts::content;
use crate::wire::dialect::written::Written;

/// What clients put in place of a signature that they do not have.
const PLACEHOLDER: &str = "skip_thought_signature_validator";

/// A content as it is sent.
struct Turn<'a> {
    raw: &'a RawValue,
    role: Option<String>,
    parts: Vec<&'a RawValue>,
}

impl<'a> Turn<'a> {
    fn of(raw: &'a RawValue) -> Result<Self, String> {
        let why = "a content is no object with a list of parts";
        let mut keys = Written::of(raw).ok_or(why)?;
        let parts = keys.list("parts").map_err(|_| why)?;
        Ok(Self { raw, role: keys.text("role"), parts })
    }
}

/// Reads instructions and conversation.
///
/// # Errors
///
/// What of it is no content.
pub(super) fn read(system: Option<&RawValue>, turns: &RawValue) -> Result<Vec<Message>, String> {
    let turns: Vec<&RawValue> = serde_json::from_str(turns.get())
        .map_err(|_| "`contents` is no list of contents, each with a list of parts")?;
    let mut messages = Vec::new();
    let system = system.map(Turn::of).transpose()?;
    for raw in system.iter().flat_map(|system| &system.parts) {
        messages.push(Message::system(content(vec![part(object(raw)?)])));
    }
    let mut calls = Calls::default();
    for turn in turns {
        let turn = &Turn::of(turn)?;
        match turn.role.as_deref().unwrap_or("user") {
            "user" | "function" => messages.extend(user(turn, &mut calls)?),
            "model" => messages.push(model(turn, &mut calls)?),
            _ => return Err("a content has a role that is none of user, model".to_owned()),
        }
    }
    Ok(messages)
}

/// A part without the keys that are `null`.
fn object(raw: &RawValue) -> Result<Map<String, Value>, String> {
    let object = serde_json::from_str(raw.get());
    object.map(camel).map_err(|_| "a part is no JSON object".to_owned())
}

/// The calls so far: their ids, which the model may leave out, and which of them have no result yet.
#[derive(Default)]
struct Calls {
    count: usize,
    open: Vec<(String, String)>,
}

impl Calls {
    fn add(&mut self, id: Option<String>, name: &str) -> String {
        self.count += 1;
        let id = id.unwrap_or_else(|| format!("call_{}", self.count));
        self.open.push((id.clone(), name.to_owned()));
        id
    }

    /// The id of the call that a result answers: its own, else that of the first open call of this tool.
    fn answered(&mut self, id: Option<String>, name: &str) -> String {
        let place = self.open.iter().position(|(open, tool)| match &id {
            Some(id) => open == id,
            None => tool == name,
        });
        let found = place.map(|place| self.open.remove(place).0);
        found.or(id).unwrap_or_else(|| name.to_owned())
    }
}

/// The results of a user's turn and its words, in order.
fn user(turn: &Turn<'_>, calls: &mut Calls) -> Result<Vec<Message>, String> {
    let mut messages = Vec::new();
    let mut said: Vec<ContentPart> = Vec::new();
    let words = |said: &mut Vec<ContentPart>| {
        (!said.is_empty()).then(|| Message::user(content(std::mem::take(said))))
    };
    for raw in &turn.parts {
        let mut object = object(raw)?;
        match object.remove("functionResponse") {
            Some(Value::Object(response)) => {
                messages.extend(words(&mut said));
                messages.push(result(&camel(response), calls));
            }
            _ => said.push(part(object)),
        }
    }
    messages.extend(words(&mut said));
    Ok(messages)
}

/// What a tool said: the value under the one key that stands for it, else the whole object.
fn result(response: &Map<String, Value>, calls: &mut Calls) -> Message {
    let id = response.get("id").and_then(Value::as_str).map(str::to_owned);
    let id = calls.answered(id, &text_of(response, "name"));
    let said = response.get("response").cloned().unwrap_or_default();
    let (said, is_error) = match (said.get("output"), said.get("error")) {
        (Some(output), None) if is_alone(&said) => (output.clone(), false),
        (None, Some(error)) if is_alone(&said) => (error.clone(), true),
        _ => (said, false),
    };
    let text = match said {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let media = response.get("parts").and_then(Value::as_array).into_iter().flatten();
    let media = media.filter_map(Value::as_object).map(|media| part(camel(media.clone())));
    let text = Some(ContentPart::Text(text)).filter(|part| part.as_text() != Some(""));
    let parts: Vec<ContentPart> = text.into_iter().chain(media).collect();
    let said = if parts.is_empty() { Content::Text(String::new()) } else { content(parts) };
    let mut message = Message::tool(id, said);
    message.is_error = is_error;
    message
}

fn is_alone(said: &Value) -> bool {
    said.as_object().is_some_and(|said| said.len() == 1)
}

/// The model's turn: text and calls, and all of it as it is written if there is more in it.
fn model(turn: &Turn<'_>, calls: &mut Calls) -> Result<Message, String> {
    let (mut text, mut called, mut is_plain) = (String::new(), Vec::new(), true);
    let mut ids = HashSet::new();
    for (number, raw) in turn.parts.iter().enumerate() {
        let mut object = object(raw)?;
        if object.get("thoughtSignature").is_some_and(|signature| signature == PLACEHOLDER) {
            object.remove("thoughtSignature");
        }
        if let Some(Value::Object(call)) = object.remove("functionCall") {
            let name = text_of(&call, "name");
            let id = call.get("id").and_then(Value::as_str).map(str::to_owned);
            let id = id.filter(|id| ids.insert(id.clone()));
            let id = calls.add(id, &name);
            called.push(ToolCall::with_arguments(id, name, arguments(raw)));
            is_plain &= object.is_empty();
        } else if let Some(said) = object.get("text").and_then(Value::as_str)
            && object.get("thought") != Some(&Value::Bool(true))
        {
            text.push_str(said);
            is_plain &= number == 0 && has_only(&object, &["text"]);
        } else {
            is_plain = false;
        }
    }
    let mut message = Message::assistant(text).with_tool_calls(called);
    if !is_plain {
        let json = RawJson::new(format!("{{\"content\":{}}}", turn.raw.get()));
        let json = json.map_err(|_| "a content cannot be kept")?;
        let protocol = ProtocolName::GeminiGenerateContent;
        let native = NativeTurn::new(protocol, json, &message.text(), &message.tool_calls);
        message.native = Some(native);
    }
    Ok(message)
}

/// The arguments of a call, as they are written.
fn arguments(part: &RawValue) -> Arguments {
    let call = Written::of(part).map(camel_keys).and_then(|part| part.object("functionCall"));
    let args = call.and_then(|call| call.raw("args"));
    Arguments::from_text(args.map_or("{}", RawValue::get))
}
