//! The tools, and which of them the model has to call.

use ek_core::{ChatRequest, Result, ToolChoice, ToolSpec};

use super::lone_references::with_lone_references;
use super::merged::Merged;
use crate::json::list::List;
use crate::json::object::Object;
use crate::json::scan;

/// Writes the list of tools: the caller's own in one entry, and each that the server runs in its own.
pub(super) fn write(tools: &[ToolSpec], out: &mut Vec<u8>) {
    let mut list = List::begin(out);
    let own = || tools.iter().filter(|tool| tool.raw.is_none());
    if own().next().is_some() {
        let mut entry = Object::begin(list.item());
        let mut declarations = List::begin(entry.key("functionDeclarations"));
        own().for_each(|tool| write_declaration(tool, declarations.item()));
        declarations.end();
        entry.end();
    }
    for raw in tools.iter().filter_map(|tool| tool.raw.as_ref()) {
        list.json(raw.as_str());
    }
    list.end();
}

/// Writes one of the caller's tools. Its schema goes as it is, but for references: the older `parameters` takes
/// a dialect of its own.
fn write_declaration(tool: &ToolSpec, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.text("name", &tool.name);
    if let Some(description) = tool.description.as_deref().filter(|text| !text.is_empty()) {
        object.text("description", description);
    }
    if let Some(schema) = &tool.parameters {
        let schema = with_lone_references(schema);
        object.key("parametersJsonSchema").extend_from_slice(schema.as_bytes());
    }
    object.end();
}

/// Writes which tools are to be called. Where the server's tools and the caller's are in one request, the
/// server requires a flag for it.
pub(super) fn write_config(request: &ChatRequest, body: &mut Merged<'_, '_>) -> Result<()> {
    body.inner("toolConfig", |config| {
        if let Some(ToolChoice::Raw(raw)) = &request.tool_choice {
            config.json("functionCallingConfig", raw.as_str().as_bytes());
        } else if let Some(mode) = mode(request) {
            config.inner("functionCallingConfig", |calling| {
                calling.value("mode", mode)?;
                match &request.tool_choice {
                    Some(ToolChoice::Function(name)) => {
                        calling.value("allowedFunctionNames", &[name])
                    }
                    _ => Ok(()),
                }
            })?;
        }
        if has_both(&request.tools) {
            config.value("includeServerSideToolInvocations", &true)?;
        }
        Ok(())
    })
}

fn mode(request: &ChatRequest) -> Option<&'static str> {
    match &request.tool_choice {
        None => None,
        // Without tools there is nothing to choose.
        Some(ToolChoice::Auto | ToolChoice::None) if request.tools.is_empty() => None,
        Some(ToolChoice::Auto) => Some("AUTO"),
        Some(ToolChoice::None) => Some("NONE"),
        Some(_) => Some("ANY"),
    }
}

/// Whether there are tools of the caller's and tools that the server runs.
fn has_both(tools: &[ToolSpec]) -> bool {
    let is_server_tool = |tool: &ToolSpec| {
        let Some(raw) = &tool.raw else { return false };
        let mut found = false;
        let read = scan::entries(raw.as_str(), |key, value| {
            found |= !matches!(key, "functionDeclarations" | "function_declarations");
            value.skip()
        });
        read.is_ok() && found
    };
    tools.iter().any(is_server_tool) && !tools.iter().all(is_server_tool)
}
