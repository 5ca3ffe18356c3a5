//! The JSON of a reply in one piece.

use ek_core::{LlmResponse, ToolCall, Usage};
use serde::Serialize;
use serde_json::{Map, Value};

use super::super::Call;
use crate::chat_turn;
use crate::wire::dialect::{identity, json};

#[derive(Serialize)]
struct Completion<'a> {
    id: String,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: [Choice<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<UsageBody>,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    message: MessageBody<'a>,
    finish_reason: Option<&'a str>,
}

#[derive(Serialize)]
struct MessageBody<'a> {
    role: &'static str,
    content: Option<Content<'a>>,
    refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tool_calls: &'a [ToolCall],
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// A text, or the parts of a turn.
#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(&'a str),
    Parts(Value),
}

#[derive(Serialize)]
pub(super) struct UsageBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_tokens_details: Option<Cached>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_tokens_details: Option<Reasoned>,
}

#[derive(Serialize)]
struct Cached {
    cached_tokens: u64,
}

#[derive(Serialize)]
struct Reasoned {
    reasoning_tokens: u64,
}

/// The counts under the names of the API, those that are known.
pub(super) fn usage(usage: Usage) -> Option<UsageBody> {
    (usage != Usage::default()).then(|| UsageBody {
        prompt_tokens: usage.input_tokens,
        completion_tokens: usage.output_tokens,
        total_tokens: usage.total(),
        prompt_tokens_details: usage
            .cached_input_tokens
            .map(|cached_tokens| Cached { cached_tokens }),
        completion_tokens_details: usage
            .reasoning_tokens
            .map(|reasoning_tokens| Reasoned { reasoning_tokens }),
    })
}

/// The body of a reply in one piece.
pub(super) fn completion(whole: &LlmResponse, call: Call<'_>) -> Vec<u8> {
    let mut more = chat_turn::keys(whole);
    if let Some(reasoning) = &whole.reasoning {
        let key = reasoning_key(&more, reasoning).to_owned();
        more.entry(key).or_insert_with(|| reasoning.as_str().into());
    }
    let parts = more.remove("content").map(Content::Parts);
    let silent = whole.content.is_empty() && (whole.has_tool_calls() || whole.refusal.is_some());
    let message = MessageBody {
        role: "assistant",
        content: parts.or_else(|| (!silent).then_some(Content::Text(&whole.content))),
        refusal: whole.refusal.as_deref(),
        tool_calls: &whole.tool_calls,
        more,
    };
    json::bytes(&Completion {
        id: id(whole, call),
        object: "chat.completion",
        created: identity::CREATED,
        model: identity::model(whole, call),
        choices: [Choice { index: 0, message, finish_reason: whole.finish_reason_raw() }],
        usage: usage(whole.usage),
    })
}

pub(super) fn id(whole: &LlmResponse, call: Call<'_>) -> String {
    identity::id(whole, call, "chatcmpl-mock-")
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
    use ek_core::ChatRequest;

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
