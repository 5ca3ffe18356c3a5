//! `generationConfig`: how to answer.

use ek_core::{ChatRequest, ReasoningBudget, ResponseFormat};
use serde_json::{Map, Value};

use super::keys::camel_keys;
use crate::wire::dialect::written::Written;

/// Reads the settings into the request, and gives back those that it has no place for.
///
/// # Errors
///
/// If one of these cannot be read.
pub(super) fn read(
    mut config: Written<'_>,
    request: &mut ChatRequest,
) -> Result<Map<String, Value>, String> {
    request.max_tokens = config.take("maxOutputTokens");
    request.temperature = config.take("temperature");
    request.top_p = config.take("topP");
    request.stop = config.take("stopSequences").unwrap_or_default();
    request.seed = config.take("seed");
    if config.text("responseMimeType").is_some_and(|kind| kind == "application/json") {
        config.remove("responseMimeType");
        let schema = config.json("responseJsonSchema").or_else(|| config.json("responseSchema"));
        request.response_format = Some(match schema {
            Some(schema) => {
                config.remove("responseJsonSchema");
                config.remove("responseSchema");
                // The schema has no name here, and the API always holds the model to it.
                ResponseFormat::JsonSchema { name: "output".to_owned(), schema, strict: true }
            }
            None => ResponseFormat::JsonObject,
        });
    }
    let thinking = config.take_object("thinkingConfig").map(camel_keys);
    let mut rest = config.into_map()?;
    if let Some(mut thinking) = thinking {
        request.reasoning_budget = thinking.take_as("thinkingBudget", budget);
        let level: Option<String> = thinking.take("thinkingLevel");
        request.reasoning_effort = level.map(|level| level.to_ascii_lowercase());
        if !thinking.is_empty() {
            rest.insert("thinkingConfig".to_owned(), thinking.into_map()?.into());
        }
    }
    Ok(rest)
}

fn budget(value: &Value) -> Option<ReasoningBudget> {
    Some(match value.as_i64()? {
        -1 => ReasoningBudget::Adaptive,
        0 => ReasoningBudget::Off,
        tokens => ReasoningBudget::Tokens(u32::try_from(tokens).ok()?),
    })
}
