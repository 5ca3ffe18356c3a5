//! A portable request of a case, as the library's own type.
//!
//! A field that is not known here is an error: a runner that leaves out what a case asks for would pass
//! it for the wrong reason.

use executionkit::{
    ChatRequest, EmbeddingInputType, EmbeddingInputs, EmbeddingRequest, Message, RawJson,
    ResponseFormat, ToolChoice, ToolSpec,
};
use serde_json::{Value, json};

/// A request, and whether its answer is a stream.
#[derive(Debug)]
pub(super) struct Portable {
    pub(super) model: String,
    pub(super) request: ChatRequest,
    pub(super) streams: bool,
}

/// Reads the `request` of a case.
///
/// # Errors
/// A message that names the field.
pub(super) fn read(from: &Value) -> Result<Portable, String> {
    let fields = from.as_object().ok_or("`request` is no object")?;
    let model = from["model"].as_str().ok_or("`request` needs a `model`")?.to_owned();
    let mut portable = Portable { model, request: ChatRequest::new([]), streams: false };
    let request = &mut portable.request;
    for (field, value) in fields {
        let wrong = || format!("`request.{field}` is not understood: {value}");
        match field.as_str() {
            "model" => {}
            "messages" => {
                let messages = value.as_array().ok_or_else(wrong)?;
                for message in messages {
                    let message: Message = serde_json::from_value(message.clone())
                        .map_err(|e| format!("`request.messages`: {e}"))?;
                    request.messages.push(message);
                }
            }
            "temperature" => request.temperature = Some(value.as_f64().ok_or_else(wrong)?),
            "top_p" => request.top_p = Some(value.as_f64().ok_or_else(wrong)?),
            "max_tokens" => {
                let count = value.as_u64().and_then(|count| u32::try_from(count).ok());
                request.max_tokens = Some(count.ok_or_else(wrong)?);
            }
            "seed" => request.seed = Some(value.as_i64().ok_or_else(wrong)?),
            "parallel_tool_calls" => {
                request.parallel_tool_calls = Some(value.as_bool().ok_or_else(wrong)?);
            }
            "tools" => {
                let tools = value.as_array().ok_or_else(wrong)?;
                request.tools = tools.iter().map(tool).collect::<Result<_, _>>()?;
            }
            "tool_choice" => request.tool_choice = Some(tool_choice(value)),
            "response_format" => request.response_format = Some(response_format(value)?),
            "stop" => {
                let one = value.as_str().map(|text| vec![text.to_owned()]);
                let many = || {
                    let texts = value.as_array()?.iter();
                    texts.map(|text| text.as_str().map(str::to_owned)).collect()
                };
                request.stop = one.or_else(many).ok_or_else(wrong)?;
            }
            "reasoning_effort" => {
                request.reasoning_effort = Some(value.as_str().ok_or_else(wrong)?.to_owned());
            }
            "stream" => portable.streams = value.as_bool().ok_or_else(wrong)?,
            "extra" => request.extra = value.as_object().ok_or_else(wrong)?.clone(),
            _ => return Err(wrong()),
        }
    }
    Ok(portable)
}

/// Reads the `request` of a case of embeddings: its model, and the rest.
///
/// # Errors
/// A message that names the field.
pub(super) fn read_embedding(from: &Value) -> Result<(String, EmbeddingRequest), String> {
    let fields = from.as_object().ok_or("`request` is no object")?;
    let model = from["model"].as_str().ok_or("`request` needs a `model`")?.to_owned();
    let mut request = EmbeddingRequest::default();
    for (field, value) in fields {
        let wrong = || format!("`request.{field}` is not understood: {value}");
        match field.as_str() {
            "model" => {}
            "input" => {
                let one = value.as_str().map(EmbeddingInputs::from);
                let many = || serde_json::from_value::<Vec<String>>(value.clone()).ok();
                let tokens = || serde_json::from_value::<Vec<Vec<u32>>>(value.clone()).ok();
                let texts = one.or_else(|| many().map(EmbeddingInputs::from));
                let inputs = texts.or_else(|| tokens().map(EmbeddingInputs::from));
                request.inputs = inputs.ok_or_else(wrong)?;
            }
            "dimensions" => {
                let count = value.as_u64().and_then(|count| u32::try_from(count).ok());
                request.dimensions = Some(count.ok_or_else(wrong)?);
            }
            "input_type" => {
                request.input_type = Some(match value.as_str().ok_or_else(wrong)? {
                    "query" => EmbeddingInputType::Query,
                    "document" => EmbeddingInputType::Document,
                    other => EmbeddingInputType::Other(other.to_owned()),
                });
            }
            "extra" => request.extra = value.as_object().ok_or_else(wrong)?.clone(),
            _ => return Err(wrong()),
        }
    }
    Ok((model, request))
}

/// A tool as `{name, description, parameters, strict}`; one without parameters is a function that takes
/// none.
fn tool(from: &Value) -> Result<ToolSpec, String> {
    let name = from["name"].as_str().ok_or("a tool of `request.tools` needs a `name`")?;
    let no_parameters = json!({"type": "object", "properties": {}});
    let parameters = RawJson::from(from.get("parameters").unwrap_or(&no_parameters));
    let mut tool = ToolSpec::new(name, "", parameters).map_err(|e| format!("`{name}`: {e}"))?;
    tool.description = from["description"].as_str().map(str::to_owned);
    tool.strict = from["strict"].as_bool();
    Ok(tool)
}

/// A choice in the OpenAI chat shape.
fn tool_choice(from: &Value) -> ToolChoice {
    match (from.as_str(), from["function"]["name"].as_str()) {
        (Some("auto"), _) => ToolChoice::Auto,
        (Some("none"), _) => ToolChoice::None,
        (Some("required"), _) => ToolChoice::Required,
        (_, Some(name)) => ToolChoice::Function(name.to_owned()),
        _ => ToolChoice::Raw(RawJson::from(from)),
    }
}

/// A format in the OpenAI chat shape.
fn response_format(from: &Value) -> Result<ResponseFormat, String> {
    let inner = &from["json_schema"];
    Ok(match from["type"].as_str() {
        Some("text") => ResponseFormat::Text,
        Some("json_object") => ResponseFormat::JsonObject,
        Some("json_schema") => ResponseFormat::JsonSchema {
            name: inner["name"].as_str().ok_or("a schema needs a `name`")?.to_owned(),
            schema: RawJson::from(&inner["schema"]),
            strict: inner["strict"].as_bool().unwrap_or_default(),
        },
        _ => ResponseFormat::Raw(RawJson::from(from)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_portable_request_is_read() {
        let portable = read(&json!({
            "model": "kiln-1",
            "messages": [{"role": "user", "content": "When is high tide?"}],
            "temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "seed": -3, "stop": "END",
            "tools": [{"name": "tide", "description": "The next", "strict": true}],
            "tool_choice": {"type": "function", "function": {"name": "tide"}},
            "response_format": {"type": "json_object"}, "parallel_tool_calls": false,
            "reasoning_effort": "low", "stream": true, "extra": {"store": false},
        }))
        .expect("sound");
        let request = portable.request;
        assert_eq!((portable.model.as_str(), portable.streams), ("kiln-1", true));
        assert_eq!(request.messages, [Message::user("When is high tide?")]);
        assert_eq!((request.temperature, request.top_p), (Some(0.5), Some(0.9)));
        assert_eq!((request.max_tokens, request.seed), (Some(7), Some(-3)));
        assert_eq!(request.stop, ["END"]);
        let none = r#"{"properties":{},"type":"object"}"#;
        let sorted: Value = serde_json::from_str(none).expect("JSON");
        let parameters = request.tools[0].parameters.as_ref().expect("a schema").as_str();
        assert_eq!(serde_json::from_str::<Value>(parameters).expect("JSON"), sorted);
        assert_eq!(request.tools[0].strict, Some(true));
        assert_eq!(request.tool_choice, Some(ToolChoice::Function("tide".to_owned())));
        assert_eq!(request.response_format, Some(ResponseFormat::JsonObject));
        assert_eq!(request.parallel_tool_calls, Some(false));
        assert_eq!(request.reasoning_effort.as_deref(), Some("low"));
        assert_eq!(request.extra["store"], false);
    }

    #[test]
    fn a_field_that_is_not_known_is_an_error_and_not_left_out() {
        let error = read(&json!({"model": "kiln-1", "messages": [], "logit_bias": {}}));
        assert!(error.expect_err("unknown").contains("logit_bias"));
    }
}
