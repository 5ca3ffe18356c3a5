//! The tools, and which of them the model has to call.

use ek_core::{RawJson, ToolChoice, ToolSpec};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::keys::camel;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Declaration<'a> {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(borrow, default, alias = "parameters_json_schema")]
    parameters_json_schema: Option<&'a RawValue>,
    /// A schema in the older dialect.
    #[serde(borrow, default)]
    parameters: Option<&'a RawValue>,
}

/// Reads an entry: the client's own tools, or one that the server runs, which is kept as it is.
///
/// # Errors
///
/// Why it is none.
pub(super) fn entry(raw: &RawValue) -> Result<Vec<ToolSpec>, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Entry<'a> {
        #[serde(borrow, default, alias = "function_declarations")]
        function_declarations: Option<Vec<Declaration<'a>>>,
    }
    let why = "an entry of `tools` is no tool, or declares one without a name";
    let mut keys: Map<String, Value> = serde_json::from_str(raw.get()).map_err(|_| why)?;
    keys.retain(|_, value| !value.is_null());
    let entry: Entry<'_> = serde_json::from_str(raw.get()).map_err(|_| why)?;
    match entry.function_declarations {
        Some(own) if keys.len() == 1 => Ok(own.into_iter().map(spec).collect()),
        _ => {
            let name = keys.keys().next().cloned().unwrap_or_default();
            ToolSpec::raw(name, raw.get()).map(|tool| vec![tool]).map_err(|_| why.to_owned())
        }
    }
}

fn spec(own: Declaration<'_>) -> ToolSpec {
    let mut spec = ToolSpec::custom(own.name, "");
    spec.description = own.description;
    let schema = own.parameters_json_schema.or(own.parameters);
    spec.parameters = schema.and_then(|schema| RawJson::new(schema.get()).ok());
    spec
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
