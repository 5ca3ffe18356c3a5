//! The body of a request.

mod blocks;
mod messages;
mod parts;
mod tools;

use std::time::Duration;

use ek_core::{CacheMark, ChatRequest, RawJson, ReasoningBudget, ResponseFormat};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::engine::IncomingRequest;
use crate::wire::dialect::json::{count, has_only};
use crate::wire::dialect::written::Written;

/// Reads the body of a request, for a reply or for a count of its tokens.
///
/// # Errors
///
/// Why it is no such request.
pub(super) fn read(bytes: &[u8]) -> Result<IncomingRequest, String> {
    let mut keys = Written::body(bytes)?;
    let turns = keys.remove("messages").ok_or("the body has no `messages`")?;
    let mut request = ChatRequest::new(messages::read(keys.remove("system"), turns)?);
    request.tools = keys.list("tools")?.into_iter().map(tools::tool).collect::<Result<_, _>>()?;

    let streamed = keys.take("stream").unwrap_or(false);
    request.model = keys.take("model");
    request.max_tokens = keys.take("max_tokens");
    request.temperature = keys.take("temperature");
    request.top_p = keys.take("top_p");
    request.stop = keys.take("stop_sequences").unwrap_or_default();
    request.cache = keys.take_as("cache_control", mark);
    request.reasoning_budget = keys.take_as("thinking", thinking);
    if let Some((choice, parallel)) = keys.take_as("tool_choice", tools::choice) {
        request.tool_choice = choice;
        request.parallel_tool_calls = parallel;
    }
    let mut config = keys.take_object("output_config");
    if let Some(config) = &mut config {
        request.reasoning_effort = config.take("effort");
        request.response_format = config.remove("format").map(format).transpose()?;
    }
    request.extra = keys.into_map()?;
    if let Some(rest) = config.filter(|config| !config.is_empty()) {
        request.extra.insert("output_config".to_owned(), rest.into_map()?.into());
    }
    Ok(IncomingRequest { request, streamed, usage: true, ..IncomingRequest::default() })
}

fn mark(value: &Value) -> Option<CacheMark> {
    const MINUTE: u64 = 60;
    let object = value.as_object().filter(|object| has_only(object, &["type", "ttl"]))?;
    let minutes = match object.get("ttl").map(Value::as_str) {
        None => return Some(CacheMark::new()),
        Some(Some("5m")) => 5,
        Some(Some("1h")) => 60,
        Some(_) => return None,
    };
    Some(CacheMark::new().with_ttl(Duration::from_secs(minutes * MINUTE)))
}

fn thinking(value: &Value) -> Option<ReasoningBudget> {
    let object = value.as_object()?;
    let budget = object.get("budget_tokens");
    match object.get("type")?.as_str()? {
        "enabled" if object.len() == 2 => budget.and_then(count).map(ReasoningBudget::Tokens),
        "adaptive" if object.len() == 1 => Some(ReasoningBudget::Adaptive),
        "disabled" if object.len() == 1 => Some(ReasoningBudget::Off),
        _ => None,
    }
}

/// A format. The schema has no name here, and the API always holds the model to it.
fn format(raw: &RawValue) -> Result<ResponseFormat, String> {
    let keys = Written::of(raw).unwrap_or_default();
    match keys.json("schema") {
        Some(schema) if keys.text("type").as_deref() == Some("json_schema") => {
            Ok(ResponseFormat::JsonSchema { name: "output".to_owned(), schema, strict: true })
        }
        _ => RawJson::new(raw.get())
            .map(ResponseFormat::Raw)
            .map_err(|_| "`output_config.format` cannot be kept".to_owned()),
    }
}
