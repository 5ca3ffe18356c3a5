//! The JSON of a reply in one piece.

use ek_core::{LlmResponse, Usage};
use serde_json::{Map, Value};

use super::super::Call;
use crate::chat_turn;
use crate::wire::dialect::object::Object;
use crate::wire::dialect::{identity, json};

/// The counts under the names of the API, those that are known.
pub(super) fn usage(usage: Usage) -> Option<Object> {
    let details = |key, count: Option<u64>| count.map(|count| Object::new().with(key, count));
    (usage != Usage::default()).then(|| {
        Object::new()
            .with_some("prompt_tokens", usage.input_tokens)
            .with_some("completion_tokens", usage.output_tokens)
            .with_some("total_tokens", usage.total())
            .with_some("prompt_tokens_details", details("cached_tokens", usage.cached_input_tokens))
            .with_some(
                "completion_tokens_details",
                details("reasoning_tokens", usage.reasoning_tokens),
            )
    })
}

/// What a whole reply and a chunk begin with.
pub(super) fn head(whole: &LlmResponse, call: Call<'_>, object: &str) -> Object {
    Object::new()
        .with("id", identity::id(whole, call, "chatcmpl-mock-"))
        .with("object", object)
        .with("created", identity::CREATED)
        .with("model", identity::model(whole, call))
}

/// The body of a reply in one piece.
pub(super) fn completion(whole: &LlmResponse, call: Call<'_>) -> Vec<u8> {
    let mut more = chat_turn::keys(whole);
    if let Some(reasoning) = &whole.reasoning {
        let key = reasoning_key(&more, reasoning).to_owned();
        more.entry(key).or_insert_with(|| reasoning.as_str().into());
    }
    let parts = more.remove("content");
    let silent = whole.content.is_empty() && (whole.has_tool_calls() || whole.refusal.is_some());
    let message = Object::new()
        .with("role", "assistant")
        .with("content", parts.or_else(|| (!silent).then(|| whole.content.as_str().into())))
        .with("refusal", &whole.refusal)
        .with_some("tool_calls", whole.has_tool_calls().then_some(&whole.tool_calls))
        .with_all(more);
    let choice = Object::new()
        .with("index", 0)
        .with("message", message)
        .with("finish_reason", whole.finish_reason_raw());
    let completion = head(whole, call, "chat.completion").with("choices", [choice]);
    json::bytes(&completion.with_some("usage", usage(whole.usage)))
}

/// The key under which reasoning is sent: that of the turn's that holds it, if one does.
pub(super) fn reasoning_key<'a>(keys: &'a Map<String, Value>, reasoning: &str) -> &'a str {
    let found = keys.iter().find(|(_, value)| *value == reasoning);
    found.map_or("reasoning_content", |(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::dialect::a_call;
    use ek_core::{ChatRequest, ToolCall};

    fn body(whole: &LlmResponse) -> String {
        let request = ChatRequest::user("?").with_model("m");
        String::from_utf8(completion(whole, a_call(&request))).expect("UTF-8")
    }

    #[test]
    fn a_text_has_the_shape_of_the_api() {
        assert_eq!(
            body(&LlmResponse::text("hi").with_usage(Usage::new(11, 4))),
            r#"{"id":"chatcmpl-mock-7","object":"chat.completion","created":1700000000,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi","refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":4,"total_tokens":15}}"#
        );
    }

    #[test]
    fn calls_reasoning_and_everything_else_are_in_the_message() {
        let mut whole = LlmResponse::text("")
            .with_tool_calls([ToolCall::new("call_1", "tide", r#"{"city":"Oslo"}"#)])
            .with_reasoning("hm");
        let keys = Map::from_iter([("signature".to_owned(), "s".into())]);
        whole.native = chat_turn::turn(keys, "", &whole.tool_calls);
        whole.usage.reasoning_tokens = Some(2);
        assert_eq!(
            body(&whole.with_id("i").with_model("own")),
            r#"{"id":"i","object":"chat.completion","created":1700000000,"model":"own","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"tide","arguments":"{\"city\":\"Oslo\"}"}}],"reasoning_content":"hm","signature":"s"},"finish_reason":"tool_calls"}],"usage":{"completion_tokens_details":{"reasoning_tokens":2}}}"#
        );
    }
}
