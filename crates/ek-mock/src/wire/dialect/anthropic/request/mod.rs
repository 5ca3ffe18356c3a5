//! The body of a request.

mod blocks;
mod messages;
mod parts;
mod tools;

use std::time::Duration;

use ek_core::{CacheMark, ChatRequest, RawJson, ReasoningBudget, ResponseFormat};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::engine::IncomingRequest;
use crate::wire::dialect::json::{self, count, has_only, taken};

/// The keys whose JSON is kept as it is written.
#[derive(Deserialize)]
struct Texts<'a> {
    #[serde(borrow, default)]
    system: Option<&'a RawValue>,
    #[serde(borrow, default)]
    messages: Option<Vec<messages::Turn<'a>>>,
    #[serde(borrow, default)]
    tools: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    output_config: Option<OutputConfig<'a>>,
}

#[derive(Deserialize)]
struct OutputConfig<'a> {
    #[serde(borrow, default)]
    format: Option<&'a RawValue>,
}

/// Reads the body of a request, for a reply or for a count of its tokens.
///
/// # Errors
///
/// Why it is no such request.
pub(super) fn read(bytes: &[u8]) -> Result<IncomingRequest, String> {
    let mut keys = json::object(bytes)?;
    let texts: Texts<'_> = serde_json::from_slice(bytes).map_err(|_| {
        "`messages` is no list of messages, each with a role and content, or `tools` is no list"
            .to_owned()
    })?;
    let turns = texts.messages.ok_or("the body has no `messages`")?;
    let mut request = ChatRequest::new(messages::read(texts.system, &turns)?);
    request.tools = texts.tools.into_iter().map(tools::tool).collect::<Result<_, _>>()?;
    for read in ["messages", "system", "tools"] {
        keys.remove(read);
    }

    let streamed = taken(&mut keys, "stream", Value::as_bool).unwrap_or(false);
    request.model = taken(&mut keys, "model", json::text);
    request.max_tokens = taken(&mut keys, "max_tokens", count);
    request.temperature = taken(&mut keys, "temperature", Value::as_f64);
    request.top_p = taken(&mut keys, "top_p", Value::as_f64);
    request.stop = taken(&mut keys, "stop_sequences", json::texts).unwrap_or_default();
    request.cache = taken(&mut keys, "cache_control", mark);
    request.reasoning_budget = taken(&mut keys, "thinking", thinking);
    if let Some((choice, parallel)) = taken(&mut keys, "tool_choice", tools::choice) {
        request.tool_choice = choice;
        request.parallel_tool_calls = parallel;
    }
    if let Some(Value::Object(config)) = keys.get_mut("output_config") {
        request.reasoning_effort = taken(config, "effort", json::text);
        let raw = texts.output_config.and_then(|config| config.format);
        if let Some(raw) = raw.filter(|raw| raw.get() != "null") {
            config.remove("format");
            request.response_format = Some(format(raw)?);
        }
        if config.is_empty() {
            keys.remove("output_config");
        }
    }
    request.extra = keys;
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
    #[derive(Deserialize)]
    struct Format<'a> {
        r#type: String,
        #[serde(borrow)]
        schema: &'a RawValue,
    }
    let why = |_| "`output_config.format` cannot be kept".to_owned();
    match serde_json::from_str::<Format<'_>>(raw.get()) {
        Ok(format) if format.r#type == "json_schema" => {
            let schema = RawJson::new(format.schema.get()).map_err(why)?;
            Ok(ResponseFormat::JsonSchema { name: "output".to_owned(), schema, strict: true })
        }
        _ => RawJson::new(raw.get()).map(ResponseFormat::Raw).map_err(why),
    }
}
