//! The conversation as a list of items: messages, calls and their results, each on its own.
//!
//! The model's turn goes back as this protocol wrote it, as long as the message still says the same.
//! Otherwise it is rebuilt from its text and its calls: without ids, and so without reasoning, which the
//! server refuses under no id.

use std::collections::HashSet;

use ek_core::{Content, Error, ErrorKind, Message, Result, Role};
use serde_json::Value;

use super::{PROTOCOL, parts};
use crate::json::list::List;
use crate::json::object::Object;
use crate::protocol::call_ids::Ids;
use crate::protocol::names::allowed_name;
use crate::protocol::silence::{is_of_the_tool, says_nothing};
use crate::protocol::unwritable;
use crate::telemetry::left_out;

/// The parts that the output of a call may hold.
const OUTPUT_PARTS: [&str; 4] = ["text", "input_text", "input_image", "input_file"];

/// The longest id of a call that the API takes.
const MAX_ID: usize = 64;

/// How much of a longer one is sent: some servers hide a signature in its end.
const SHORT_ID: usize = 56;

fn short(id: &str) -> String {
    let length = if id.chars().nth(MAX_ID).is_some() { SHORT_ID } else { MAX_ID };
    id.chars().take(length).collect()
}

/// Writes the items.
///
/// # Errors
/// `Unsupported` for a role or a part that has no counterpart, `Config` for a result that names no call.
pub(super) fn write(messages: &[Message], out: &mut Vec<u8>) -> Result<()> {
    let mut items =
        Items { list: List::begin(out), custom: HashSet::new(), ids: Ids::new(short, MAX_ID) };
    for message in messages {
        items.message(message)?;
    }
    items.list.end();
    Ok(())
}

struct Items<'o, 'm> {
    list: List<'o>,
    /// The ids of the calls so far whose tools take free text.
    custom: HashSet<&'m str>,
    ids: Ids<'m>,
}

impl<'m> Items<'_, 'm> {
    fn begin(&mut self) -> Object<'_> {
        Object::begin(self.list.item())
    }

    fn message(&mut self, message: &'m Message) -> Result<()> {
        for (is_asked, field) in [
            (message.name.is_some(), "messages.name"),
            (message.is_error, "messages.is_error"),
            (message.cache.is_some(), "messages.cache"),
        ] {
            if is_asked {
                left_out(&PROTOCOL, field);
            }
        }
        for call in &message.tool_calls {
            match call.is_custom() {
                true => self.custom.insert(&call.id),
                false => self.custom.remove(call.id.as_str()),
            };
        }
        if let Some(native) = message.native_for(&PROTOCOL) {
            message.tool_calls.iter().for_each(|call| self.ids.keep(&call.id));
            self.native(native);
            return Ok(());
        }
        if let Some(items) = own_items(message) {
            return items.into_iter().try_for_each(|item| self.raw(item));
        }
        match &message.role {
            Role::Tool => self.result(message)?,
            Role::System | Role::Developer | Role::User => self.said(message, "input_text")?,
            Role::Assistant => self.said(message, "output_text")?,
            other => {
                let role = other.as_str();
                let why = format!("the Responses API has no counterpart for the role `{role}`");
                return Err(Error::new(ErrorKind::Unsupported, why));
            }
        }
        self.calls(message);
        Ok(())
    }

    /// Items that are JSON already.
    fn native(&mut self, list: &str) {
        let items = list.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']'));
        let items = items.unwrap_or_default();
        if !items.trim().is_empty() {
            self.list.json(items);
        }
    }

    fn raw(&mut self, item: &Value) -> Result<()> {
        serde_json::to_writer(self.list.item(), item).map_err(unwritable)
    }

    fn said(&mut self, message: &Message, text_type: &str) -> Result<()> {
        let Some(content) = said(message) else { return Ok(()) };
        let mut object = self.begin();
        object.text("role", message.role.as_str());
        parts::write(content, text_type, object.key("content"))?;
        object.end();
        Ok(())
    }

    fn calls(&mut self, message: &'m Message) {
        for call in &message.tool_calls {
            let (kind, key) = match call.is_custom() {
                true => ("custom_tool_call", "input"),
                false => ("function_call", "arguments"),
            };
            let id = self.ids.of_call(&call.id);
            let mut object = Object::begin(self.list.item());
            object.text("type", kind);
            object.text("call_id", id);
            object.text("name", &allowed_name(&call.name));
            object.text(key, call.arguments.to_sendable().as_str());
            object.end();
        }
    }

    fn result(&mut self, message: &Message) -> Result<()> {
        let Some(id) = &message.tool_call_id else {
            let why = "a tool's message does not say which call it answers";
            return Err(Error::new(ErrorKind::Config, why));
        };
        let kind = match self.custom.contains(id.as_str()) {
            true => "custom_tool_call_output",
            false => "function_call_output",
        };
        let id = self.ids.of_result(id);
        let mut object = self.begin();
        object.text("type", kind);
        object.text("call_id", &id);
        match said(message) {
            Some(Content::Other(value)) if is_of_the_tool(value, &OUTPUT_PARTS) => {
                object.text("output", &value.to_string());
            }
            Some(content) => parts::write(content, "input_text", object.key("output"))?,
            None => object.text("output", ""),
        }
        object.end();
        Ok(())
    }
}

/// The items that a content is: a lone object, or a list of objects, whose types are those of items and
/// not of parts, such as the result of a shell or an approval.
fn own_items(message: &Message) -> Option<Vec<&Value>> {
    let Some(Content::Other(value)) = &message.content else { return None };
    let items: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        value => vec![value],
    };
    let is_item = |value: &&Value| {
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
        ["_output", "_response", "_call", "_reference"].iter().any(|end| kind.ends_with(end))
            || ["message", "reasoning", "compaction"].contains(&kind)
    };
    // What a tool says may have such a type as well; an item says what it answers.
    let answers =
        |value: &&Value| value.get("call_id").or(value.get("approval_request_id")).is_some();
    let is_item = |value: &&Value| is_item(value) && (message.role != Role::Tool || answers(value));
    (!items.is_empty() && items.iter().all(is_item)).then_some(items)
}

/// The content of a message, if there is anything in it.
fn said(message: &Message) -> Option<&Content> {
    message.content.as_ref().filter(|content| !says_nothing(Some(content), str::is_empty))
}
