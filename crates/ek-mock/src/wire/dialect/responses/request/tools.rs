//! The tools, and which of them the model has to call.

use ek_core::{RawJson, ToolChoice, ToolSpec};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::wire::dialect::json::has_only;

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
        parameters: Option<&'a RawValue>,
    }
    let why = "an entry of `tools` is no tool with a type";
    let mut keys: Map<String, Value> = serde_json::from_str(entry.get()).map_err(|_| why)?;
    keys.retain(|_, value| !value.is_null());
    let text = |key| keys.get(key).and_then(Value::as_str);
    let own_keys: &[&str] = match text("type").ok_or(why)? {
        "function" => &["type", "name", "description", "parameters", "strict"],
        "custom" => &["type", "name", "description"],
        _ => &[],
    };
    if !has_only(&keys, own_keys) {
        let name = text("name").unwrap_or_default();
        return ToolSpec::raw(name, entry.get()).map_err(|_| why.to_owned());
    }
    let schema: Schema<'_> = serde_json::from_str(entry.get()).map_err(|_| why)?;
    let mut spec = ToolSpec::custom(text("name").ok_or("a tool has no name")?, "");
    spec.description = text("description").map(str::to_owned);
    spec.parameters = schema.parameters.and_then(|schema| RawJson::new(schema.get()).ok());
    // Clients send `false` where nothing was asked for, since the API's own default is `true`.
    spec.strict = keys.get("strict").and_then(Value::as_bool).filter(|strict| *strict);
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
