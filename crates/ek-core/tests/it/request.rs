//! Requests are built from outside the crate by setters, and shown without their texts.

use std::time::Duration;

use ek_core::{
    CacheMark, ChatRequest, Message, ProtocolName, ReasoningBudget, ResponseFormat, ToolChoice,
    ToolSpec,
};
use serde_json::{Value, json};

#[test]
fn every_field_has_a_setter() {
    let tool = ToolSpec::new("t", "d", "{}").expect("a schema");
    let request = ChatRequest::user("q")
        .with_message(Message::assistant("a"))
        .with_model("m")
        .with_temperature(0.5)
        .with_suggested_temperature(0.9)
        .with_max_tokens(7)
        .with_tools([tool])
        .with_tool_choice(ToolChoice::Auto)
        .with_response_format(ResponseFormat::JsonObject)
        .with_stop(["x"])
        .with_seed(-1)
        .with_reasoning_effort("low")
        .with_timeout(Duration::from_secs(3))
        .with_idempotency_key("call-1")
        .with_header("x-team", "blue")
        .with_top_p(0.9)
        .with_parallel_tool_calls(false)
        .with_reasoning_budget(ReasoningBudget::Tokens(2_048))
        .with_cache(CacheMark::new())
        .with_extra("min_p", 0.1);
    assert_eq!(request.messages.len(), 2);
    assert_eq!(request.model.as_deref(), Some("m"));
    assert_eq!((request.temperature, request.suggested_temperature), (Some(0.5), Some(0.9)));
    assert_eq!((request.max_tokens, request.seed), (Some(7), Some(-1)));
    assert_eq!((request.tools.len(), request.stop.len()), (1, 1));
    assert_eq!(request.tool_choice, Some(ToolChoice::Auto));
    assert_eq!(request.response_format, Some(ResponseFormat::JsonObject));
    assert_eq!(request.reasoning_effort.as_deref(), Some("low"));
    assert_eq!(request.timeout, Some(Duration::from_secs(3)));
    assert_eq!(request.idempotency_key.as_deref(), Some("call-1"));
    assert_eq!(request.headers, [("x-team".to_owned(), "blue".to_owned())]);
    assert_eq!((request.top_p, request.parallel_tool_calls), (Some(0.9), Some(false)));
    assert_eq!(request.reasoning_budget, Some(ReasoningBudget::Tokens(2_048)));
    assert_eq!(request.cache, Some(CacheMark::new()));
    assert_eq!(request.extra["min_p"], 0.1);
}

#[test]
fn keys_for_one_protocol_reach_no_other_and_win_over_those_for_all() {
    let own = ProtocolName::GeminiGenerateContent;
    let request = ChatRequest::user("q")
        .with_extra("a", 1)
        .with_extra("b", 1)
        .with_extra_for(own.clone(), "b", 2)
        .with_extra_for(own.clone(), "c", 2);
    assert_eq!(Value::from(request.extra_of(&own).into_owned()), json!({"a": 1, "b": 2, "c": 2}));
    assert_eq!(request.extra_value(&own, "b"), Some(&json!(2)));
    assert_eq!(request.extra_value(&own, "a"), Some(&json!(1)));
    assert_eq!(request.extra_value(&ProtocolName::ChatCompletions, "c"), None);
    let other = request.extra_of(&ProtocolName::ChatCompletions);
    assert_eq!(Value::from(other.into_owned()), json!({"a": 1, "b": 1}));
}

#[test]
fn a_text_is_a_request_of_the_user() {
    let asked = ChatRequest::user("Why kilns?");
    assert_eq!(ChatRequest::from("Why kilns?"), asked);
    assert_eq!(ChatRequest::from("Why kilns?".to_owned()), asked);
}

#[test]
fn messages_that_are_kept_are_a_request_too() {
    let kept = [Message::user("Why kilns?"), Message::assistant("For the heat.")];
    assert_eq!(ChatRequest::from(kept.as_slice()), ChatRequest::new(kept));
}

#[test]
fn debug_shows_neither_prompts_nor_header_values() {
    let request = ChatRequest::user("MARK")
        .with_header("x-team", "MARK")
        .with_extra("user", "MARK")
        .with_extra_for(ProtocolName::ChatCompletions, "key", "MARK")
        .with_message(Message::tool("call_1", "MARK").with_extra("note", "MARK"));
    let shown = format!("{request:?}");
    assert!(!shown.contains("MARK"), "{shown}");
    assert!(shown.contains("x-team") && shown.contains("<4 bytes>"), "{shown}");
}
