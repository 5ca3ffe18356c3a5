//! Requests are built from outside the crate by setters, and shown without their texts.

use std::time::Duration;

use ek_core::{ChatRequest, Message, ResponseFormat, ToolChoice, ToolSpec};

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
        .with_extra("top_p", 0.9);
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
    assert_eq!(request.extra["top_p"], 0.9);
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
        .with_message(Message::tool("call_1", "MARK").with_extra("note", "MARK"));
    let shown = format!("{request:?}");
    assert!(!shown.contains("MARK"), "{shown}");
    assert!(shown.contains("x-team") && shown.contains("<4 bytes>"), "{shown}");
}
