//! `generationConfig`: how to answer.

use ek_core::{ReasoningBudget, ResponseFormat, Result};
use serde_json::Value;

use super::lone_references::with_lone_references;
use super::merged::Merged;
use super::{PROTOCOL, unsupported};
use crate::protocol::Asked;
use crate::telemetry::left_out;

/// The temperature, if one was asked for, suggested or set for the provider.
pub(super) fn temperature(asked: &Asked<'_>) -> Option<f64> {
    let request = asked.request;
    request.temperature.or(request.suggested_temperature).or(asked.defaults.temperature)
}

/// Writes the settings, if there are any.
///
/// # Errors
/// `Unsupported` for a form of the answer that the API does not know.
pub(super) fn write(asked: &Asked<'_>, body: &mut Merged<'_, '_>) -> Result<()> {
    let request = asked.request;
    body.inner("generationConfig", |config| {
        if let Some(limit) = request.max_tokens.or(asked.defaults.max_tokens) {
            config.value("maxOutputTokens", &limit)?;
        }
        if let Some(temperature) = temperature(asked) {
            config.value("temperature", &temperature)?;
        }
        if let Some(top_p) = request.top_p {
            config.value("topP", &top_p)?;
        }
        if !request.stop.is_empty() {
            config.value("stopSequences", &request.stop)?;
        }
        if let Some(seed) = request.seed {
            config.value("seed", &seed)?;
        }
        write_format(request.response_format.as_ref(), config)?;
        config.inner("thinkingConfig", |thinking| {
            write_thinking(request.reasoning_effort.as_deref(), request.reasoning_budget, thinking)
        })
    })
}

fn write_format(format: Option<&ResponseFormat>, config: &mut Merged<'_, '_>) -> Result<()> {
    match format {
        None | Some(ResponseFormat::Text) => Ok(()),
        Some(ResponseFormat::JsonObject) => config.value("responseMimeType", "application/json"),
        Some(ResponseFormat::JsonSchema { schema, .. }) => {
            config.value("responseMimeType", "application/json")?;
            config.json("responseJsonSchema", with_lone_references(schema).as_bytes());
            Ok(())
        }
        // Keys of the settings, such as `responseMimeType`.
        Some(ResponseFormat::Raw(raw)) => match serde_json::from_str(raw.as_str()) {
            Ok(Value::Object(keys)) => {
                keys.iter().try_for_each(|(key, value)| config.any(key, value))
            }
            _ => Err(unsupported("a response format that is no object")),
        },
        Some(_) => Err(unsupported("a response format of a kind that is not known here")),
    }
}

/// Writes how much to think. The API takes a level or a budget, and not both: the budget holds.
fn write_thinking(
    effort: Option<&str>,
    budget: Option<ReasoningBudget>,
    thinking: &mut Merged<'_, '_>,
) -> Result<()> {
    let effort = effort.map(str::trim).filter(|effort| !effort.is_empty());
    let is_off = effort.is_some_and(|effort| effort.eq_ignore_ascii_case("none"));
    let tokens = match (budget, effort) {
        (Some(ReasoningBudget::Tokens(tokens)), _) => Some(i64::from(tokens)),
        (Some(ReasoningBudget::Off), _) => Some(0),
        (Some(ReasoningBudget::Adaptive), None) => Some(-1),
        (_, Some(_)) if is_off => Some(0),
        // The level says how much within what the model decides.
        (Some(ReasoningBudget::Adaptive) | None, _) => None,
        (Some(_), _) => {
            left_out(&PROTOCOL, "reasoning_budget");
            None
        }
    };
    match (tokens, effort) {
        (Some(tokens), effort) => {
            if effort.is_some() && !is_off {
                left_out(&PROTOCOL, "reasoning_effort");
            }
            thinking.value("thinkingBudget", &tokens)
        }
        (None, Some(effort)) => thinking.value("thinkingLevel", &effort.to_ascii_uppercase()),
        (None, None) => Ok(()),
    }
}
