//! `generationConfig`: how to answer.

use ek_core::{ChatRequest, RawJson, ReasoningBudget, ResponseFormat};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::keys::camel;
use crate::wire::dialect::json::{self, count, taken};

/// The schemas, as they are written.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Texts<'a> {
    #[serde(borrow, default, alias = "response_json_schema")]
    response_json_schema: Option<&'a RawValue>,
    #[serde(borrow, default, alias = "response_schema")]
    response_schema: Option<&'a RawValue>,
}

/// Reads the settings into the request, and gives back those that it has no place for.
///
/// # Errors
///
/// If a schema cannot be kept.
pub(super) fn read(
    mut config: Map<String, Value>,
    texts: &Texts<'_>,
    request: &mut ChatRequest,
) -> Result<Map<String, Value>, String> {
    request.max_tokens = taken(&mut config, "maxOutputTokens", count);
    request.temperature = taken(&mut config, "temperature", Value::as_f64);
    request.top_p = taken(&mut config, "topP", Value::as_f64);
    request.stop = taken(&mut config, "stopSequences", json::texts).unwrap_or_default();
    request.seed = taken(&mut config, "seed", Value::as_i64);
    let is_json = config.get("responseMimeType").is_some_and(|kind| kind == "application/json");
    let schema = texts.response_json_schema.or(texts.response_schema);
    let schema = schema.filter(|schema| schema.get() != "null");
    if let Some(schema) = schema.filter(|_| is_json) {
        let schema = RawJson::new(schema.get()).map_err(|_| "the schema cannot be kept")?;
        // The schema has no name here, and the API always holds the model to it.
        let name = "output".to_owned();
        request.response_format = Some(ResponseFormat::JsonSchema { name, schema, strict: true });
        for read in ["responseMimeType", "responseJsonSchema", "responseSchema"] {
            config.remove(read);
        }
    } else if is_json {
        request.response_format = Some(ResponseFormat::JsonObject);
        config.remove("responseMimeType");
    }
    if let Some(Value::Object(thinking)) = config.remove("thinkingConfig") {
        let mut thinking = camel(thinking);
        request.reasoning_budget = taken(&mut thinking, "thinkingBudget", budget);
        let level = taken(&mut thinking, "thinkingLevel", json::text);
        request.reasoning_effort = level.map(|level| level.to_ascii_lowercase());
        if !thinking.is_empty() {
            config.insert("thinkingConfig".to_owned(), thinking.into());
        }
    }
    Ok(config)
}

fn budget(value: &Value) -> Option<ReasoningBudget> {
    Some(match value.as_i64()? {
        -1 => ReasoningBudget::Adaptive,
        0 => ReasoningBudget::Off,
        tokens => ReasoningBudget::Tokens(u32::try_from(tokens).ok()?),
    })
}
