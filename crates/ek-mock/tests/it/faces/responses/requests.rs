//! Requests: what the mock reads of them.

use std::time::Duration;

use ek_core::{
    ChatRequest, Content, ContentPart, LlmProvider as _, LlmResponse, Message, ToolCall,
    ToolChoice, ToolSpec,
};
use ek_mock::Script;
use ek_mock::wire::MockTransport;
use serde_json::json;

use super::super::{answer, raw, recorded, tide, with_settings};
use super::over;

#[tokio::test]
async fn a_request_comes_back_as_it_was_asked() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let user = Message::user([
        ContentPart::text("Look:"),
        ContentPart::image_bytes("image/png", b"png").with_detail("low"),
        ContentPart::image_url("https://example.test/a.png"),
        ContentPart::image_file_id("file_1"),
        ContentPart::file_bytes("log.pdf", "application/pdf", b"pdf"),
        ContentPart::file_id("file_2"),
        ContentPart::Raw(json!({"type": "input_own", "title": "t"})),
    ]);
    let calls =
        [ToolCall::new("a", "tide", r#"{"z": 1e2,"a":0}"#), ToolCall::custom("b", "sh", "ls")];
    let messages = [
        Message::system("Be brief."),
        user,
        Message::assistant("I look.").with_tool_calls(calls),
        Message::tool("a", "noon"),
        Message::tool("b", [ContentPart::text("no wind"), ContentPart::image_file_id("f")]),
        Message::user(Content::Other(json!({"type": "mcp_approval_response", "approve": true}))),
        Message::user("So?"),
    ];
    let tools = [
        tide().with_strict(true),
        ToolSpec::custom("sh", "a shell"),
        ToolSpec::raw("", r#"{"type":"web_search","filters":{}}"#).expect("JSON"),
    ];
    let asked =
        with_settings(messages, tools).with_parallel_tool_calls(false).with_extra("store", false);
    assert_eq!(recorded(&over(&transport), &transport, &asked).await, [asked.clone(), asked]);
}

#[tokio::test]
async fn the_turn_of_a_reply_is_one_message_with_all_its_items() {
    let reply = LlmResponse::text("I look.").with_reasoning("hm");
    let reply = reply.with_tool_calls([ToolCall::new("call_1", "tide", "{}")]);
    let transport = MockTransport::new(Script::cycling([reply]));
    let real = over(&transport);
    let first = real.complete(&ChatRequest::user("?")).await.expect("a reply");
    let messages = [Message::user("?"), Message::from(&first), Message::tool("call_1", "noon")];
    real.complete(&ChatRequest::new(messages.clone())).await.expect("a reply");
    let found = transport.last_call().expect("a call").request.messages;
    assert_eq!(found, messages);
}

#[tokio::test]
async fn odd_values_stay_with_the_request() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let body = r#"{"input":[{"role":"user","content":[{"type":"input_text","text":"?"}]}],
        "instructions":"Be brief.","temperature":null,"max_output_tokens":"no",
        "reasoning":{"effort":"low","summary":"auto"},"text":{"verbosity":"low"},
        "tool_choice":{"type":"own"},"tools":[{"type":"function","name":"t","defer_loading":true}]}"#;
    answer(&transport, "POST /v1/responses", "", body).await;
    let asked = transport.last_call().expect("a call").request;
    assert_eq!(asked.messages, [Message::system("Be brief."), Message::user("?")]);
    assert_eq!(
        serde_json::to_string(&asked.extra).expect("JSON"),
        r#"{"max_output_tokens":"no","reasoning":{"summary":"auto"},"temperature":null,"text":{"verbosity":"low"}}"#
    );
    assert_eq!(asked.tool_choice, Some(ToolChoice::Raw(raw(r#"{"type":"own"}"#))));
    let tool = r#"{"type":"function","name":"t","defer_loading":true}"#;
    assert_eq!((asked.tools[0].name.as_str(), &asked.tools[0].raw), ("t", &Some(raw(tool))));
}

#[tokio::test(start_paused = true)]
async fn tokens_are_counted_as_in_replies() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let asked = ChatRequest::new([Message::system("Be brief."), Message::user("123456789")]);
    let asked = asked.with_timeout(Duration::from_secs(9));
    assert_eq!(over(&transport).count_tokens(&asked).await.expect("a count"), 6);
    let (head, _) = answer(&transport, "POST /v1/responses/input_tokens", "", "{}").await;
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    assert_eq!(transport.call_count(), 0);
}
