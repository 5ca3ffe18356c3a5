//! The tools, and which of them the model has to call.

use ek_core::{ToolChoice, ToolSpec};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::wire::dialect::written::Written;

/// Reads a tool. One of the provider's own is kept as it is, and so is one with keys that the portable
/// shape does not have.
///
/// # Errors
///
/// Why it is no tool.
pub(super) fn tool(entry: &RawValue) -> Result<ToolSpec, String> {
    let why = "an entry of `tools` is no tool with a type";
    let keys = Written::of(entry).ok_or(why)?.without_nulls();
    let own_keys: &[&str] = match keys.text("type").ok_or(why)?.as_str() {
        "function" => &["type", "name", "description", "parameters", "strict"],
        "custom" => &["type", "name", "description"],
        _ => &[],
    };
    if !keys.has_only(own_keys) {
        let name = keys.text("name").unwrap_or_default();
        return ToolSpec::raw(name, entry.get()).map_err(|_| why.to_owned());
    }
    let mut spec = keys.tool("parameters").ok_or("a tool has no name")?;
    // Clients send `false` where nothing was asked for, since the API's own default is `true`.
    spec.strict = spec.strict.filter(|strict| *strict);
    Ok(spec)
}

pub(super) fn choice(value: &Value) -> Option<ToolChoice> {
    let text = |key| value.get(key).and_then(Value::as_str);
    Some(match (value.as_str(), text("type"), text("name")) {
        (Some("auto"), ..) => ToolChoice::Auto,
        (Some("none"), ..) => ToolChoice::None,
        (Some("required"), ..) => ToolChoice::Required,
        (_, Some("function" | "custom"), Some(name)) => ToolChoice::Function(name.to_owned()),
        _ => ToolChoice::Raw(value.into()),
    })
}
