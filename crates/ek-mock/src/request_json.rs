//! A request as JSON again, in one form for all writers: for comparing, and for showing.

use ek_core::{ChatRequest, EmbeddingInputType, EmbeddingInputs, EmbeddingRequest, ProtocolName};
use serde::Serialize;
use serde_json::{Map, Value};

/// What a request asks, under the keys of the API. What says how it is carried is left out (time limit,
/// headers, idempotency key), and so is what is not there: absent, `null` and empty are the same.
pub(crate) fn of(request: &ChatRequest) -> Map<String, Value> {
    let mut keys = Map::new();
    put(&mut keys, "messages", &request.messages);
    put(&mut keys, "model", &request.model);
    put(&mut keys, "temperature", &request.temperature);
    put(&mut keys, "top_p", &request.top_p);
    put(&mut keys, "max_tokens", &request.max_tokens);
    put(&mut keys, "tools", &request.tools);
    put(&mut keys, "tool_choice", &request.tool_choice);
    put(&mut keys, "parallel_tool_calls", &request.parallel_tool_calls);
    put(&mut keys, "response_format", &request.response_format);
    put(&mut keys, "stop", &request.stop);
    put(&mut keys, "seed", &request.seed);
    put(&mut keys, "reasoning_effort", &request.reasoning_effort);
    keys.extend(request.extra_of(&ProtocolName::ChatCompletions).into_owned());
    keys
}

/// The same of a request for embeddings.
pub(crate) fn of_embedding(request: &EmbeddingRequest) -> Map<String, Value> {
    let mut keys = Map::new();
    match &request.inputs {
        EmbeddingInputs::Texts(texts) => put(&mut keys, "input", texts),
        EmbeddingInputs::Tokens(lists) => put(&mut keys, "input", lists),
        _ => {}
    }
    put(&mut keys, "model", &request.model);
    put(&mut keys, "dimensions", &request.dimensions);
    put(&mut keys, "input_type", &request.input_type.as_ref().map(word));
    keys.extend(request.extra.clone());
    keys
}

fn word(input_type: &EmbeddingInputType) -> String {
    match input_type {
        EmbeddingInputType::Other(word) => word.clone(),
        usual => format!("{usual:?}").to_lowercase(),
    }
}

fn put(keys: &mut Map<String, Value>, key: &str, value: &impl Serialize) {
    // What cannot be written counts as absent.
    let value = serde_json::to_value(value).unwrap_or_default();
    let absent = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    if !absent {
        keys.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_is_there() {
        let request = ChatRequest::user("tide?").with_seed(1).with_header("x", "2");
        let request = request.with_idempotency_key("k").with_top_p(0.5).with_extra("min_p", 0);
        let expected = serde_json::json!({
            "messages": [{"role": "user", "content": "tide?"}], "seed": 1, "top_p": 0.5, "min_p": 0,
        });
        assert_eq!(Value::Object(of(&request)), expected);
    }
}
