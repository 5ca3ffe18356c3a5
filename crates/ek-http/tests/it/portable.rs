//! What holds for every protocol, seen in chat completions: one portable shape, and what becomes of what
//! the protocol has no word for.

use std::time::Duration;

use ek_core::{
    CacheMark, ChatRequest, ContentPart, FinishReason, LlmProvider as _, LlmResponse, Message,
    NativeTurn, ProtocolName, RawJson, ReasoningBudget, ToolCall, ToolSpec,
};
use ek_mock::wire::response;
use serde_json::{Value, json};

use crate::support::rig::Rig;
use crate::support::{JSON, first, good, in_time};

/// The payload of a request.
async fn sent(request: &ChatRequest) -> Value {
    let rig = Rig::new(good()).await;
    in_time(rig.provider.complete(request)).await.expect("an answer");
    serde_json::from_str(&rig.server.requests().remove(0).body_text()).expect("JSON")
}

/// The reply to a body with this choice and usage.
async fn reply(choice: Value, usage: Value) -> LlmResponse {
    let body = json!({"choices": [choice], "usage": usage}).to_string();
    Rig::new(first(response(200, &[JSON], body))).await.ask().await.expect("a reply")
}

/// Rule 1: what other protocols have words for is left out, and everything else is sent.
#[tokio::test]
async fn a_request_for_any_protocol_is_sent_without_what_this_one_has_no_word_for() {
    let hour = CacheMark::new().with_ttl(Duration::from_secs(3_600));
    let call = ToolCall::new("1", "tide", "{}");
    let schema = r#"{"type":"object","properties":{}}"#;
    let tool = ToolSpec::new("tide", "d", schema).expect("a schema");
    let request = ChatRequest::new([
        Message::system("Be brief.").with_cache(hour),
        Message::user([ContentPart::text("Why?"), ContentPart::CachePoint(hour)]),
        Message::assistant("").with_tool_calls([call.clone()]),
        Message::tool_error("1", "no such harbour"),
    ])
    .with_tools([tool.clone().with_cache(hour)])
    .with_cache(hour)
    .with_reasoning_budget(ReasoningBudget::Tokens(2_048))
    .with_top_p(0.5)
    .with_parallel_tool_calls(false);
    let expected = json!({
        "model": "test-model", "temperature": 0.7, "max_tokens": 4096, "top_p": 0.5,
        "parallel_tool_calls": false, "tools": [tool],
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Why?"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": "no such harbour", "tool_call_id": "1"},
        ],
    });
    assert_eq!(sent(&request).await, expected);
}

/// Rule 2: another protocol's turn is rebuilt from the flat fields, without its reasoning.
#[tokio::test]
async fn a_turn_of_another_protocol_is_sent_without_its_reasoning() {
    let blocks = RawJson::new(r#"[{"type":"thinking","thinking":"Hm."}]"#).expect("JSON");
    let turn = NativeTurn::new(ProtocolName::AnthropicMessages, blocks, "Ebb.", &[]);
    let reply = LlmResponse::text("Ebb.").with_reasoning("Hm.").with_native(turn);
    let sent = sent(&ChatRequest::new([Message::from(reply)])).await;
    assert_eq!(sent["messages"], json!([{"role": "assistant", "content": "Ebb."}]));
}

/// Rule 3: the input is everything that went in, also where a server counts as Anthropic does.
#[tokio::test]
async fn the_input_has_cached_and_written_tokens_in_it() {
    let choice = json!({"message": {"content": "x"}});
    let usage = json!({"input_tokens": 10, "output_tokens": 4, "cache_read_input_tokens": 5,
        "cache_creation_input_tokens": 3});
    let usage = reply(choice, usage).await.usage;
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(18), Some(4)));
    assert_eq!((usage.cached_input_tokens, usage.cache_write_tokens), (Some(5), Some(3)));
}

/// Rule 5: unknown keys, parts and stop words are passed over or kept.
#[tokio::test]
async fn what_is_unknown_in_a_reply_is_no_error() {
    let parts = json!([{"type": "text", "text": "x"}, {"type": "hologram", "beam": [1e300]}]);
    let choice =
        json!({"message": {"content": parts, "novel": {"a": 1}}, "finish_reason": "tired"});
    let reply = reply(choice, json!({"wattage": 7})).await;
    assert_eq!(reply.content, "x");
    assert_eq!(reply.finish_reason, Some(FinishReason::Other("tired".into())));
}

/// Rule 8: `extra` goes to every protocol, and what is for one alone to no other.
#[tokio::test]
async fn keys_for_another_protocol_are_not_sent() {
    let request = ChatRequest::user("x")
        .with_extra("user", "u-1")
        .with_extra("tier", "slow")
        .with_extra_for(ProtocolName::ChatCompletions, "tier", "fast")
        .with_extra_for(ProtocolName::AnthropicMessages, "top_k", 3);
    let sent = sent(&request).await;
    assert_eq!((&sent["user"], &sent["tier"]), (&json!("u-1"), &json!("fast")));
    assert!(sent.get("top_k").is_none());
}
