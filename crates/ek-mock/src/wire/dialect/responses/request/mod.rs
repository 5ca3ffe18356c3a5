//! The body of a request.

mod input;
mod parts;
mod tools;

use ek_core::{ChatRequest, RawJson, ResponseFormat};
use serde_json::value::RawValue;

use crate::engine::IncomingRequest;
use crate::wire::dialect::written::Written;

/// Reads the body of a request, for a reply or for a count of its tokens.
///
/// # Errors
///
/// Why it is no such request.
pub(super) fn read(bytes: &[u8]) -> Result<IncomingRequest, String> {
    let mut keys = Written::body(bytes)?;
    let input = keys.remove("input").ok_or("the body has no `input`")?;
    let mut request = ChatRequest::new(input::read(keys.take("instructions"), input)?);
    request.tools = keys.list("tools")?.into_iter().map(tools::tool).collect::<Result<_, _>>()?;

    let streamed = keys.take("stream").unwrap_or(false);
    request.model = keys.take("model");
    request.max_tokens = keys.take("max_output_tokens");
    request.temperature = keys.take("temperature");
    request.top_p = keys.take("top_p");
    request.parallel_tool_calls = keys.take("parallel_tool_calls");
    request.tool_choice = keys.take_as("tool_choice", tools::choice);
    let mut reasoning = keys.take_object("reasoning");
    if let Some(reasoning) = &mut reasoning {
        request.reasoning_effort = reasoning.take("effort");
    }
    let mut text = keys.take_object("text");
    if let Some(text) = &mut text {
        request.response_format = text.remove("format").map(format).transpose()?;
    }
    request.extra = keys.into_map()?;
    for (key, rest) in [("reasoning", reasoning), ("text", text)] {
        if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
            request.extra.insert(key.to_owned(), rest.into_map()?.into());
        }
    }
    Ok(IncomingRequest { request, streamed, usage: true, ..IncomingRequest::default() })
}

fn format(raw: &RawValue) -> Result<ResponseFormat, String> {
    let keys = Written::of(raw).unwrap_or_default();
    match (keys.text("type").as_deref(), keys.text("name"), keys.json("schema")) {
        (Some("text"), None, None) => Ok(ResponseFormat::Text),
        (Some("json_object"), None, None) => Ok(ResponseFormat::JsonObject),
        (Some("json_schema"), Some(name), Some(schema)) => {
            let strict = keys.get("strict").unwrap_or(false);
            Ok(ResponseFormat::JsonSchema { name, schema, strict })
        }
        _ => RawJson::new(raw.get())
            .map(ResponseFormat::Raw)
            .map_err(|_| "`text.format` cannot be kept".to_owned()),
    }
}
