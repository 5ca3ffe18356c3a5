//! The body of a request.

mod input;
mod parts;
mod tools;

use ek_core::{ChatRequest, RawJson, ResponseFormat};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::engine::IncomingRequest;
use crate::wire::dialect::json::{self, count, taken};

/// The keys whose JSON is kept as it is written.
#[derive(Deserialize)]
struct Texts<'a> {
    #[serde(borrow, default)]
    input: Option<&'a RawValue>,
    #[serde(borrow, default)]
    tools: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    text: Option<TextSettings<'a>>,
}

#[derive(Deserialize)]
struct TextSettings<'a> {
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
    let texts: Texts<'_> = serde_json::from_slice(bytes)
        .map_err(|_| "`tools` is no list, or `text` no object".to_owned())?;
    let input = texts.input.ok_or("the body has no `input`")?;
    let instructions = taken(&mut keys, "instructions", json::text);
    let mut request = ChatRequest::new(input::read(instructions, input)?);
    let tools = texts.tools.unwrap_or_default();
    request.tools = tools.into_iter().map(tools::tool).collect::<Result<_, _>>()?;
    for read in ["input", "tools"] {
        keys.remove(read);
    }

    let streamed = taken(&mut keys, "stream", Value::as_bool).unwrap_or(false);
    request.model = taken(&mut keys, "model", json::text);
    request.max_tokens = taken(&mut keys, "max_output_tokens", count);
    request.temperature = taken(&mut keys, "temperature", Value::as_f64);
    request.top_p = taken(&mut keys, "top_p", Value::as_f64);
    request.parallel_tool_calls = taken(&mut keys, "parallel_tool_calls", Value::as_bool);
    request.tool_choice = taken(&mut keys, "tool_choice", tools::choice);
    if let Some(Value::Object(reasoning)) = keys.get_mut("reasoning") {
        request.reasoning_effort = taken(reasoning, "effort", json::text);
        if reasoning.is_empty() {
            keys.remove("reasoning");
        }
    }
    if let Some(Value::Object(text)) = keys.get_mut("text") {
        let raw = texts.text.and_then(|text| text.format);
        if let Some(raw) = raw.filter(|raw| raw.get() != "null") {
            text.remove("format");
            request.response_format = Some(format(raw)?);
        }
        if text.is_empty() {
            keys.remove("text");
        }
    }
    request.extra = keys;
    Ok(IncomingRequest { request, streamed, usage: true, ..IncomingRequest::default() })
}

#[derive(Deserialize)]
struct Format<'a> {
    r#type: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(borrow, default)]
    schema: Option<&'a RawValue>,
    #[serde(default)]
    strict: Option<bool>,
}

fn format(raw: &RawValue) -> Result<ResponseFormat, String> {
    let why = |_| "`text.format` cannot be kept".to_owned();
    let kept = || RawJson::new(raw.get()).map(ResponseFormat::Raw).map_err(why);
    let Ok(Format { r#type: kind, name, schema, strict }) = serde_json::from_str(raw.get()) else {
        return kept();
    };
    match (kind.as_str(), name, schema) {
        ("text", None, None) => Ok(ResponseFormat::Text),
        ("json_object", None, None) => Ok(ResponseFormat::JsonObject),
        ("json_schema", Some(name), Some(schema)) => {
            let schema = RawJson::new(schema.get()).map_err(why)?;
            Ok(ResponseFormat::JsonSchema { name, schema, strict: strict.unwrap_or(false) })
        }
        _ => kept(),
    }
}
