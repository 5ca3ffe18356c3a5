//! The tools, and which of them the model has to call.

use std::borrow::Cow;

use ek_core::{Error, ErrorKind, Result, ToolChoice, ToolSpec};

use crate::json::list::List;
use crate::json::object::Object;
use crate::json::{scalar, scan};
use crate::protocol::names::is_allowed_name;
use crate::protocol::tool_schema;
use crate::telemetry::left_out;

/// Writes the list of tools.
///
/// # Errors
/// `Config` for a name that the API refuses.
pub(super) fn write(tools: &[ToolSpec], out: &mut Vec<u8>) -> Result<()> {
    let mut list = List::begin(out);
    for tool in tools {
        match &tool.raw {
            Some(raw) => list.json(raw.as_str()),
            None => write_tool(tool, list.item())?,
        }
        if tool.cache.is_some() {
            left_out(&super::PROTOCOL, "tools.cache");
        }
    }
    list.end();
    Ok(())
}

fn write_tool(tool: &ToolSpec, out: &mut Vec<u8>) -> Result<()> {
    let name = &tool.name;
    if !is_allowed_name(name) {
        let why = format!("the tool's name `{name}` is not 1 to 64 letters, digits, `_` or `-`");
        return Err(Error::new(ErrorKind::Config, why));
    }
    let mut object = Object::begin(out);
    object.text("type", if tool.parameters.is_some() { "function" } else { "custom" });
    object.text("name", name);
    if let Some(description) = tool.description.as_deref().filter(|text| !text.is_empty()) {
        object.text("description", description);
    }
    if let Some(schema) = &tool.parameters {
        let schema = tool_schema::with_type_and_properties(schema);
        object.key("parameters").extend_from_slice(schema.as_bytes());
        let is_strict: &[u8] = if tool.strict == Some(true) { b"true" } else { b"false" };
        object.key("strict").extend_from_slice(is_strict);
    }
    object.end();
    Ok(())
}

/// Writes the choice. A tool is named by its kind, and one that the provider has built in by nothing else.
pub(super) fn write_choice(choice: &ToolChoice, tools: &[ToolSpec], out: &mut Vec<u8>) {
    let word: &[u8] = match choice {
        ToolChoice::Raw(raw) => raw.as_str().as_bytes(),
        ToolChoice::None => br#""none""#,
        ToolChoice::Required => br#""required""#,
        ToolChoice::Function(name) => {
            let kind = kind_of(name, tools);
            let mut object = Object::begin(out);
            object.text("type", &kind);
            if ["function", "custom"].contains(&kind.as_ref()) {
                object.text("name", name);
            }
            object.end();
            return;
        }
        _ => br#""auto""#,
    };
    out.extend_from_slice(word);
}

/// The type of the tool of this name.
fn kind_of<'a>(name: &str, tools: &'a [ToolSpec]) -> Cow<'a, str> {
    let Some(tool) = tools.iter().find(|tool| tool.name == name) else { return "function".into() };
    let Some(raw) = &tool.raw else {
        return if tool.parameters.is_some() { "function".into() } else { "custom".into() };
    };
    let mut kind = None;
    let read = scan::entries(raw.as_str().trim(), |key, value| {
        let value = value.value()?;
        if key == "type" {
            kind = scalar::text(value);
        }
        Ok(())
    });
    read.ok().and(kind).map_or("function".into(), Cow::Owned)
}
