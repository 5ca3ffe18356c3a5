//! The tools, and which of them the model has to call.

use ek_core::{ToolChoice, ToolSpec};
use serde_json::Value;
use serde_json::value::RawValue;

use super::mark;
use crate::wire::dialect::written::Written;

/// What clients send for a tool without parameters.
const NO_PARAMETERS: &str = r#"{"type":"object","properties":{}}"#;

const KEYS: [&str; 5] = ["type", "name", "description", "input_schema", "strict"];

/// Reads a tool. One of the provider's own is kept as it is, and so is one with keys that the portable
/// shape does not have.
///
/// # Errors
///
/// Why it is no tool.
pub(super) fn tool(entry: &RawValue) -> Result<ToolSpec, String> {
    let why = "an entry of `tools` is no tool with a name";
    let mut keys = Written::of(entry).ok_or(why)?.without_nulls();
    let cache = keys.take_as("cache_control", mark);
    let is_own = keys.text("type").is_some_and(|kind| kind != "custom");
    if is_own || !keys.has_only(&KEYS) {
        let name = keys.text("name").unwrap_or_default();
        return ToolSpec::raw(name, entry.get()).map_err(|_| why.to_owned());
    }
    let mut spec = keys.tool("input_schema").ok_or(why)?;
    spec.parameters = spec.parameters.filter(|schema| schema.as_str() != NO_PARAMETERS);
    spec.cache = cache;
    Ok(spec)
}

/// The choice, and whether several calls at once are wanted.
pub(super) fn choice(value: &Value) -> Option<(Option<ToolChoice>, Option<bool>)> {
    let one_at_a_time = value.get("disable_parallel_tool_use").and_then(Value::as_bool);
    let choice = match value.get("type")?.as_str()? {
        // What a client sends that asks for nothing but one call at a time.
        "auto" if one_at_a_time == Some(true) => None,
        "auto" => Some(ToolChoice::Auto),
        "any" => Some(ToolChoice::Required),
        "none" => Some(ToolChoice::None),
        "tool" => Some(ToolChoice::Function(value.get("name")?.as_str()?.to_owned())),
        _ => Some(ToolChoice::Raw(value.into())),
    };
    Some((choice, one_at_a_time.map(|one| !one)))
}
