//! The result of a call. The API takes an object and nothing else, and looks up each `$ref` in it.

use std::borrow::Cow;

use ek_core::{Content, ContentPart, Error, ErrorKind, Message, Result};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::calls::Calls;
use super::parts::Parts;
use crate::json::object::Object;
use crate::json::write;

/// Writes a result.
///
/// # Errors
/// `Config` if it answers no call, `Unsupported` for a part that has no counterpart.
pub(super) fn write(message: &Message, calls: &Calls<'_>, parts: &mut Parts<'_>) -> Result<()> {
    let call = message.tool_call_id.as_deref().and_then(|id| calls.of_result(id));
    let name = call.map(|call| call.name).or(message.name.as_deref());
    let Some(name) = name else {
        let why = "a tool's message answers no call of the conversation, and names no tool";
        return Err(Error::new(ErrorKind::Config, why));
    };
    let mut part = Object::begin(parts.open());
    let mut object = Object::begin(part.key("functionResponse"));
    if let Some(id) = call.and_then(|call| call.id.as_deref()) {
        object.text("id", id);
    }
    object.text("name", name);
    write_response(&text(message), message.is_error, object.key("response"));
    if let Some(Content::Parts(said)) = &message.content {
        let mut media = Vec::new();
        let mut list = Parts::begin(&mut media);
        for part in said.iter().filter(|part| part.as_text().is_none() && json_of(part).is_none()) {
            list.part(part)?;
        }
        if list.end() {
            object.key("parts").extend_from_slice(&media);
        }
    }
    object.end();
    part.end();
    Ok(())
}

/// What a tool said, as text: values that are no text are their JSON, several of them a list.
fn text(message: &Message) -> Cow<'_, str> {
    match &message.content {
        Some(Content::Other(value)) if !value.is_null() => value.to_string().into(),
        Some(Content::Parts(said)) => {
            let mut values: Vec<Value> = said.iter().filter_map(json_of).cloned().collect();
            let json = match values.len() {
                0 => return message.text(),
                1 => values.remove(0),
                _ => values.into(),
            };
            format!("{}{json}", message.text()).into()
        }
        _ => message.text(),
    }
}

/// A part that is JSON of the tool's own: no shape of chat completions, which names its type, and no medium
/// in the API's own shape.
fn json_of(part: &ContentPart) -> Option<&Value> {
    const MEDIA: [&str; 4] = ["inlineData", "inline_data", "fileData", "file_data"];
    let ContentPart::Raw(value) = part else { return None };
    let is_own = value.get("type").is_none() && !MEDIA.iter().any(|key| value.get(key).is_some());
    is_own.then_some(value)
}

/// Writes what a tool said: an object as it is, anything else under the key that the API names for it.
fn write_response(text: &str, is_error: bool, out: &mut Vec<u8>) {
    let json = text.trim();
    let is_json = json.starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(json).is_ok();
    // The server would look for what a `$ref` names, and refuse the request.
    let is_json = is_json && !json.contains("$ref") && !json.contains("\\u0024");
    if is_json && json.starts_with('{') && !is_error {
        return out.extend_from_slice(json.as_bytes());
    }
    let mut object = Object::begin(out);
    let value = object.key(if is_error { "error" } else { "output" });
    match is_json {
        true => value.extend_from_slice(json.as_bytes()),
        false => write::write(text, value),
    }
    object.end();
}
