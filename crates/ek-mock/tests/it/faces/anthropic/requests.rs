//! What our client sends in this protocol is recorded as what was asked.

use std::time::Duration;

use ek_core::{
    CacheMark, ChatRequest, ContentPart, LlmProvider as _, Message, ReasoningBudget, ToolCall,
    ToolChoice, ToolSpec,
};
use ek_mock::Script;
use ek_mock::wire::MockTransport;

use super::super::{answer, raw, recorded, tide, with_settings};
use super::over;

#[tokio::test]
async fn a_request_comes_back_as_it_was_asked() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let hour = CacheMark::new().with_ttl(Duration::from_secs(3600));
    let user = Message::user([
        ContentPart::text("Look:"),
        ContentPart::image_bytes("image/png", b"png"),
        ContentPart::image_url("https://example.test/a.png"),
        ContentPart::CachePoint(CacheMark::new()),
        ContentPart::file_bytes("log.pdf", "application/pdf", b"pdf").with_citations(true),
        ContentPart::file_bytes("note", "text/plain", "High water"),
        ContentPart::file_id("file_1"),
        ContentPart::Raw(serde_json::json!({"type": "search_result", "title": "t"})),
    ]);
    let calls =
        [ToolCall::new("a", "tide", r#"{"z": 1e2,"a":0}"#), ToolCall::new("b", "wind", "{}")];
    let messages = [
        Message::system("Be brief."),
        Message::system("Speak English.").with_cache(CacheMark::new()),
        user.with_cache(hour),
        Message::assistant("I look.").with_tool_calls(calls),
        Message::tool("a", "noon"),
        Message::tool_error("b", [ContentPart::text("no wind"), ContentPart::image_file_id("f")]),
        Message::user("So?"),
    ];
    let search = r#"{"type":"web_search_20250305","name":"web_search"}"#;
    let tools = [
        tide().with_strict(true).with_cache(hour),
        ToolSpec::raw("web_search", search).expect("JSON"),
    ];
    let asked = with_settings(messages, tools)
        .with_parallel_tool_calls(false)
        .with_stop(["x", "y"])
        .with_reasoning_budget(ReasoningBudget::Adaptive)
        .with_cache(CacheMark::new())
        .with_extra("service_tier", "auto");
    let found = recorded(&over(&transport), &transport, &asked).await;
    // Thinking is left out where the last turn of the model calls without having thought.
    let without_budget = |mut request: ChatRequest| {
        request.reasoning_budget = None;
        request
    };
    assert_eq!(found.map(without_budget), [asked.clone(), asked].map(without_budget));
}

#[tokio::test]
async fn arguments_that_were_no_json_are_read_out_of_their_object() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let call = ToolCall::new("a", "tide", r#"{"city":"Os"#);
    let asked = ChatRequest::new([
        Message::user("?"),
        Message::assistant("").with_tool_calls([call]),
        Message::tool_error("a", "no JSON"),
    ]);
    over(&transport).complete(&asked).await.expect("a reply");
    let found = transport.last_call().expect("a call").request.messages;
    assert_eq!(found, asked.messages);
}

#[tokio::test]
async fn odd_values_stay_with_the_request() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let body = r#"{"messages":[{"role":"user","content":"?"}],"temperature":null,"max_tokens":"no",
        "thinking":{"type":"between_tools"},"cache_control":{"type":"ephemeral","ttl":"9d"},
        "output_config":{"speed":1},"tool_choice":{"type":"own"},"metadata":{"user_id":"u"},
        "tools":[{"name":"t","input_schema":{},"defer_loading":true}]}"#;
    answer(&transport, "POST /v1/messages", "", body).await;
    let asked = transport.last_call().expect("a call").request;
    let extra = serde_json::to_string(&asked.extra).expect("JSON");
    assert_eq!(
        extra,
        r#"{"cache_control":{"ttl":"9d","type":"ephemeral"},"max_tokens":"no","metadata":{"user_id":"u"},"output_config":{"speed":1},"temperature":null,"thinking":{"type":"between_tools"}}"#
    );
    assert_eq!(asked.tool_choice, Some(ToolChoice::Raw(raw(r#"{"type":"own"}"#))));
    let tool = r#"{"name":"t","input_schema":{},"defer_loading":true}"#;
    assert_eq!((asked.tools[0].name.as_str(), &asked.tools[0].raw), ("t", &Some(raw(tool))));
}
