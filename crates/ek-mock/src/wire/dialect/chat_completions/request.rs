//! The body of a request.

use ek_core::{ChatRequest, Message, RawJson, ResponseFormat, ToolChoice, ToolSpec};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::engine::IncomingRequest;
use crate::wire::dialect::json::{self, taken};

/// The keys whose JSON is kept as it is written.
#[derive(Deserialize)]
struct Texts<'a> {
    #[serde(borrow, default)]
    tools: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    response_format: Option<&'a RawValue>,
}

/// Reads the body of a request.
///
/// # Errors
///
/// Why it is no chat request.
pub(super) fn read(bytes: &[u8]) -> Result<IncomingRequest, String> {
    let mut keys = json::object(bytes)?;
    let Some(messages) = keys.remove("messages") else {
        return Err("the body has no `messages`".to_owned());
    };
    let messages: Vec<Message> = serde_json::from_value(messages)
        .map_err(|_| "`messages` is no list of messages, each with a role".to_owned())?;
    let texts: Texts<'_> =
        serde_json::from_slice(bytes).map_err(|_| "`tools` is no list".to_owned())?;

    let mut request = ChatRequest::new(messages);
    let streamed = taken(&mut keys, "stream", Value::as_bool).unwrap_or(false);
    let options = taken(&mut keys, "stream_options", |options| Some(options.clone()));
    let usage = options.as_ref().and_then(|options| options.get("include_usage")?.as_bool());
    request.model = taken(&mut keys, "model", json::text);
    request.temperature = taken(&mut keys, "temperature", Value::as_f64);
    request.top_p = taken(&mut keys, "top_p", Value::as_f64);
    request.parallel_tool_calls = taken(&mut keys, "parallel_tool_calls", Value::as_bool);
    request.max_tokens = taken(&mut keys, "max_tokens", json::count);
    if request.max_tokens.is_none() {
        request.max_tokens = taken(&mut keys, "max_completion_tokens", json::count);
    }
    request.seed = taken(&mut keys, "seed", Value::as_i64);
    request.reasoning_effort = taken(&mut keys, "reasoning_effort", json::text);
    request.stop = taken(&mut keys, "stop", stop).unwrap_or_default();
    request.tool_choice = taken(&mut keys, "tool_choice", |choice| Some(tool_choice(choice)));
    keys.remove("tools");
    request.tools = texts.tools.into_iter().map(tool).collect::<Result<_, _>>()?;
    keys.remove("response_format");
    request.response_format = texts.response_format.map(format).transpose()?;
    request.extra = keys;
    let usage = usage.unwrap_or(false);
    Ok(IncomingRequest { request, streamed, usage, ..IncomingRequest::default() })
}

fn stop(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        value => json::texts(value),
    }
}

fn tool_choice(choice: &Value) -> ToolChoice {
    match choice.as_str() {
        Some("auto") => ToolChoice::Auto,
        Some("none") => ToolChoice::None,
        Some("required") => ToolChoice::Required,
        _ => match choice.pointer("/function/name").and_then(Value::as_str) {
            Some(name) => ToolChoice::Function(name.to_owned()),
            None => ToolChoice::Raw(choice.into()),
        },
    }
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    function: Option<Function<'a>>,
    #[serde(borrow, default)]
    custom: Option<Function<'a>>,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
struct Function<'a> {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(borrow, default)]
    parameters: Option<&'a RawValue>,
    #[serde(default)]
    strict: Option<bool>,
}

fn tool(entry: &RawValue) -> Result<ToolSpec, String> {
    let why = |_| "an entry of `tools` is no tool with a name".to_owned();
    let parsed: Entry<'_> = serde_json::from_str(entry.get()).map_err(|_| why(()))?;
    let Some(function) = parsed.function.or(parsed.custom) else {
        let name = parsed.name.unwrap_or_default();
        return ToolSpec::raw(name, entry.get()).map_err(|_| why(()));
    };
    let mut spec = ToolSpec::custom(function.name, "");
    spec.description = function.description;
    spec.parameters = function.parameters.and_then(|schema| RawJson::new(schema.get()).ok());
    spec.strict = function.strict;
    Ok(spec)
}

#[derive(Deserialize)]
struct Format<'a> {
    r#type: String,
    #[serde(borrow, default)]
    json_schema: Option<Schema<'a>>,
}

#[derive(Deserialize)]
struct Schema<'a> {
    name: String,
    #[serde(borrow)]
    schema: &'a RawValue,
    #[serde(default)]
    strict: bool,
}

fn format(raw: &RawValue) -> Result<ResponseFormat, String> {
    let why = || "`response_format` is no object with a type".to_owned();
    let kept = || RawJson::new(raw.get()).map(ResponseFormat::Raw).map_err(|_| why());
    let Ok(parsed) = serde_json::from_str::<Format<'_>>(raw.get()) else { return kept() };
    match (parsed.r#type.as_str(), parsed.json_schema) {
        ("text", None) => Ok(ResponseFormat::Text),
        ("json_object", None) => Ok(ResponseFormat::JsonObject),
        ("json_schema", Some(Schema { name, schema, strict })) => {
            let schema = RawJson::new(schema.get()).map_err(|_| why())?;
            Ok(ResponseFormat::JsonSchema { name, schema, strict })
        }
        _ => kept(),
    }
}
