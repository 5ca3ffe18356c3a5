//! The tools, and which of them the model has to call.

use ek_core::{ToolChoice, ToolSpec};
use serde_json::Value;
use serde_json::value::RawValue;

use super::keys::{camel, camel_keys};
use crate::wire::dialect::written::Written;

/// Reads an entry: the client's own tools, or one that the server runs, which is kept as it is.
///
/// # Errors
///
/// Why it is none.
pub(super) fn entry(raw: &RawValue) -> Result<Vec<ToolSpec>, String> {
    let why = || "an entry of `tools` is no tool, or declares one without a name".to_owned();
    let keys = Written::of(raw).ok_or_else(why)?.without_nulls();
    let name = keys.first_key().unwrap_or_default().to_owned();
    let mut keys = camel_keys(keys);
    if keys.has_only(&["functionDeclarations"]) && !keys.is_empty() {
        let own = keys.list("functionDeclarations")?.into_iter().map(declaration);
        return own.collect::<Option<_>>().ok_or_else(why);
    }
    ToolSpec::raw(name, raw.get()).map(|tool| vec![tool]).map_err(|_| why())
}

/// A tool of the client. A schema may be one of JSON, or of the older dialect.
fn declaration(raw: &RawValue) -> Option<ToolSpec> {
    let keys = camel_keys(Written::of(raw)?);
    let mut tool = keys.tool("parametersJsonSchema")?;
    tool.parameters = tool.parameters.or_else(|| keys.json("parameters"));
    tool.strict = None;
    Some(tool)
}

pub(super) fn choice(value: &Value) -> Option<ToolChoice> {
    let keys = camel(value.as_object()?.clone());
    let names = keys.get("allowedFunctionNames").and_then(Value::as_array).map(Vec::as_slice);
    let mode = keys.get("mode").and_then(Value::as_str);
    Some(match (mode, names) {
        (Some("AUTO"), None) => ToolChoice::Auto,
        (Some("NONE"), None) => ToolChoice::None,
        (Some("ANY"), None) => ToolChoice::Required,
        (Some("ANY"), Some([Value::String(name)])) => ToolChoice::Function(name.clone()),
        _ => ToolChoice::Raw(value.into()),
    })
}
