//! The tools, and which of them the model has to call.

use ek_core::{ChatRequest, Error, ErrorKind, Result, ToolChoice, ToolSpec};

use super::blocks::{Blocks, write_mark};
use crate::json::object::Object;
use crate::protocol::names::is_allowed_name;
use crate::protocol::tool_schema;

/// The schema of a tool that has none.
const NO_PARAMETERS: &str = r#"{"type":"object","properties":{}}"#;

/// Writes the list of tools.
///
/// # Errors
/// `Config` for a name that the API refuses.
pub(super) fn write(tools: &[ToolSpec], out: &mut Vec<u8>) -> Result<()> {
    let mut entries = Blocks::begin(out);
    for tool in tools {
        let out = entries.open();
        match &tool.raw {
            Some(raw) => out.extend_from_slice(raw.as_str().trim().as_bytes()),
            None => write_tool(tool, out)?,
        }
        entries.close();
        if let Some(mark) = tool.cache {
            entries.mark(mark);
        }
    }
    entries.end();
    Ok(())
}

fn write_tool(tool: &ToolSpec, out: &mut Vec<u8>) -> Result<()> {
    if !is_allowed_name(&tool.name) {
        let why = format!(
            "the tool's name `{}` is not 1 to 64 letters, digits, `_` or `-`, as Anthropic wants it",
            tool.name
        );
        return Err(Error::new(ErrorKind::Config, why));
    }
    let mut object = Object::begin(out);
    object.text("name", &tool.name);
    if let Some(description) = tool.description.as_deref().filter(|text| !text.is_empty()) {
        object.text("description", description);
    }
    let schema = tool.parameters.as_ref().map_or(NO_PARAMETERS.into(), tool_schema::with_type);
    object.key("input_schema").extend_from_slice(schema.as_bytes());
    if let Some(strict) = tool.strict {
        let word: &[u8] = if strict { b"true" } else { b"false" };
        object.key("strict").extend_from_slice(word);
    }
    object.end();
    Ok(())
}

/// Writes the choice; false if there is nothing to say.
pub(super) fn write_choice(request: &ChatRequest, out: &mut Vec<u8>) -> bool {
    let one_at_a_time = request.parallel_tool_calls == Some(false);
    let kind = match &request.tool_choice {
        Some(ToolChoice::Raw(raw)) => {
            out.extend_from_slice(raw.as_str().as_bytes());
            return true;
        }
        // The API refuses a choice of tools where there are no tools.
        None | Some(ToolChoice::Auto | ToolChoice::None) if request.tools.is_empty() => {
            return false;
        }
        None if one_at_a_time => "auto",
        None => return false,
        Some(ToolChoice::Auto) => "auto",
        Some(ToolChoice::None) => "none",
        Some(ToolChoice::Required) => "any",
        Some(_) => "tool",
    };
    let mut object = Object::begin(out);
    object.text("type", kind);
    if let Some(ToolChoice::Function(name)) = &request.tool_choice {
        object.text("name", name);
    }
    if one_at_a_time && kind != "none" {
        object.key("disable_parallel_tool_use").extend_from_slice(b"true");
    }
    object.end();
    true
}

/// Writes the mark of the whole request.
pub(super) fn write_cache(request: &ChatRequest, object: &mut Object<'_>) {
    if let Some(mark) = request.cache {
        write_mark(mark, object.key("cache_control"));
    }
}
