//! The body of a request.

use ek_core::{ChatRequest, Message, RawJson, ResponseFormat, ToolChoice, ToolSpec};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::engine::IncomingRequest;
use crate::wire::dialect::json;
use crate::wire::dialect::written::Written;

/// Reads the body of a request.
///
/// # Errors
///
/// Why it is no chat request.
pub(super) fn read(bytes: &[u8]) -> Result<IncomingRequest, String> {
    let mut keys = Written::body(bytes)?;
    let messages = keys.remove("messages").ok_or("the body has no `messages`")?;
    let messages: Vec<Message> = serde_json::from_str(messages.get())
        .map_err(|_| "`messages` is no list of messages, each with a role")?;

    let mut request = ChatRequest::new(messages);
    let streamed = keys.take("stream").unwrap_or(false);
    let options: Option<Value> = keys.take("stream_options");
    let usage = options.as_ref().and_then(|options| options.get("include_usage")?.as_bool());
    request.model = keys.take("model");
    request.temperature = keys.take("temperature");
    request.top_p = keys.take("top_p");
    request.parallel_tool_calls = keys.take("parallel_tool_calls");
    request.max_tokens = keys.take("max_tokens").or_else(|| keys.take("max_completion_tokens"));
    request.seed = keys.take("seed");
    request.reasoning_effort = keys.take("reasoning_effort");
    request.stop = keys.take_as("stop", stop).unwrap_or_default();
    request.tool_choice = keys.take_as("tool_choice", |choice| Some(tool_choice(choice)));
    request.tools = keys.list("tools")?.into_iter().map(tool).collect::<Result<_, _>>()?;
    request.response_format = keys.remove("response_format").map(format).transpose()?;
    request.extra = keys.into_map()?;
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

fn tool(entry: &RawValue) -> Result<ToolSpec, String> {
    let why = "an entry of `tools` is no tool with a name";
    let keys = Written::of(entry).ok_or(why)?;
    match keys.object("function").or_else(|| keys.object("custom")) {
        Some(function) => function.tool("parameters").ok_or_else(|| why.to_owned()),
        None => {
            let name = keys.text("name").unwrap_or_default();
            ToolSpec::raw(name, entry.get()).map_err(|_| why.to_owned())
        }
    }
}

fn format(raw: &RawValue) -> Result<ResponseFormat, String> {
    let keys = Written::of(raw).unwrap_or_default();
    let inner = keys.object("json_schema");
    let schema =
        inner.as_ref().and_then(|inner| Some((inner.text("name")?, inner.json("schema")?)));
    match (keys.text("type").as_deref(), inner, schema) {
        (Some("text"), None, _) => Ok(ResponseFormat::Text),
        (Some("json_object"), None, _) => Ok(ResponseFormat::JsonObject),
        (Some("json_schema"), Some(inner), Some((name, schema))) => {
            let strict = inner.get("strict").unwrap_or(false);
            Ok(ResponseFormat::JsonSchema { name, schema, strict })
        }
        _ => RawJson::new(raw.get())
            .map(ResponseFormat::Raw)
            .map_err(|_| "`response_format` is no object with a type".to_owned()),
    }
}
