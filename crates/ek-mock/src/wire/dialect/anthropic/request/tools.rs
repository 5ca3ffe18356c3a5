//! The tools, and which of them the model has to call.

use ek_core::{RawJson, ToolChoice, ToolSpec};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::mark;
use crate::wire::dialect::json::{has_only, taken};

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
    #[derive(Deserialize)]
    struct Schema<'a> {
        #[serde(borrow, default)]
        input_schema: Option<&'a RawValue>,
    }
    let why = "an entry of `tools` is no tool with a name";
    let mut keys: Map<String, Value> = serde_json::from_str(entry.get()).map_err(|_| why)?;
    keys.retain(|_, value| !value.is_null());
    let cache = taken(&mut keys, "cache_control", mark);
    let text = |key| keys.get(key).and_then(Value::as_str);
    let is_own = text("type").is_some_and(|kind| kind != "custom");
    if is_own || !has_only(&keys, &KEYS) {
        let name = text("name").unwrap_or_default();
        return ToolSpec::raw(name, entry.get()).map_err(|_| why.to_owned());
    }
    let schema: Schema<'_> = serde_json::from_str(entry.get()).map_err(|_| why)?;
    let schema = schema.input_schema.map(RawValue::get).filter(|schema| *schema != NO_PARAMETERS);
    let mut spec = ToolSpec::custom(text("name").ok_or(why)?, "");
    spec.description = text("description").map(str::to_owned);
    spec.parameters = schema.and_then(|schema| RawJson::new(schema).ok());
    spec.strict = keys.get("strict").and_then(Value::as_bool);
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
