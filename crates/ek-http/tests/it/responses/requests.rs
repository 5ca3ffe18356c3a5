//! How a portable request is written in the words of this API.

use ek_core::{
    CacheMark, ChatRequest, Content, ContentPart, ErrorKind, Message, RawJson, ReasoningBudget,
    ResponseFormat, ToolCall, ToolChoice, ToolSpec,
};
use serde_json::{Value, json};

use super::{answered, question, sent_for};

async fn input(messages: impl IntoIterator<Item = Message>) -> Value {
    sent_for(&ChatRequest::new(messages)).await["input"].take()
}

#[tokio::test]
async fn what_was_asked_for_by_name_stands_beside_the_members_of_extra() {
    let schema = json!({"type": "object"});
    let format = ResponseFormat::JsonSchema {
        name: "tide".into(),
        schema: RawJson::from(schema.clone()),
        strict: true,
    };
    let request = question()
        .with_reasoning_effort("high")
        .with_response_format(format)
        .with_parallel_tool_calls(false)
        .with_top_p(0.5)
        .with_extra("reasoning", json!({"summary": "auto"}))
        .with_extra("text", json!({"verbosity": "low"}));
    let sent = sent_for(&request).await;
    assert_eq!(sent["reasoning"], json!({"effort": "high", "summary": "auto"}));
    let format = json!({"type": "json_schema", "name": "tide", "schema": schema, "strict": true});
    assert_eq!(sent["text"], json!({"format": format, "verbosity": "low"}));
    assert_eq!((&sent["parallel_tool_calls"], &sent["top_p"]), (&json!(false), &json!(0.5)));

    let request = question()
        .with_reasoning_effort("high")
        .with_response_format(ResponseFormat::JsonObject)
        .with_extra("reasoning", json!({"effort": "low"}))
        .with_extra("text", json!(null));
    let sent = sent_for(&request).await;
    assert_eq!(sent["reasoning"], json!({"effort": "low"}));
    assert_eq!(sent["text"], json!(null));
}

#[tokio::test]
async fn what_has_no_word_is_left_out() {
    let request = ChatRequest::new([Message::user(vec![
        ContentPart::text("a"),
        ContentPart::CachePoint(CacheMark::new()),
    ])
    .with_name("kim")
    .with_cache(CacheMark::new())])
    .with_seed(7)
    .with_stop(["END"])
    .with_suggested_temperature(0.1)
    .with_reasoning_budget(ReasoningBudget::Tokens(1_024))
    .with_cache(CacheMark::new());
    let content = json!([{"type": "input_text", "text": "a"}]);
    let expected = json!({"model": "gpt-5.6", "input": [{"role": "user", "content": content}]});
    assert_eq!(sent_for(&request).await, expected);
}

#[tokio::test]
async fn what_would_change_the_answer_is_refused_before_anything_is_sent() {
    let audio = Message::user(vec![ContentPart::audio_bytes("wav", [0_u8; 4])]);
    let picture = vec![ContentPart::image_url("https://a.example/a.png")];
    let nameless = ToolSpec::custom("two words", "");
    let mut lost = Message::tool("call_1", "14:20");
    lost.tool_call_id = None;
    for (request, kind) in [
        (ChatRequest::new([audio]), ErrorKind::Unsupported),
        (ChatRequest::new([Message::assistant(picture)]), ErrorKind::Unsupported),
        (question().with_extra("n", 2), ErrorKind::Unsupported),
        (question().with_tools([nameless]), ErrorKind::Config),
        (question().with_temperature(f64::NAN), ErrorKind::Config),
        (question().with_message(lost), ErrorKind::Config),
    ] {
        let rig = answered([]).await;
        let error = rig.ask(&request).await.expect_err("refused");
        assert_eq!((error.kind(), rig.server.request_count()), (kind, 0), "{error}");
    }
}

#[tokio::test]
async fn a_named_tool_is_chosen_by_its_kind() {
    let raw = |name: &str, entry: Value| ToolSpec::raw(name, entry).expect("JSON");
    let tools = [
        ToolSpec::custom("sql", "A query"),
        raw("regex", json!({"type": "custom", "name": "regex", "format": {"type": "text"}})),
        raw("search", json!({"type": "web_search"})),
    ];
    for (name, choice) in [
        ("sql", json!({"type": "custom", "name": "sql"})),
        ("regex", json!({"type": "custom", "name": "regex"})),
        ("search", json!({"type": "web_search"})),
        ("other", json!({"type": "function", "name": "other"})),
    ] {
        let request = question()
            .with_tools(tools.clone())
            .with_tool_choice(ToolChoice::Function(name.into()));
        assert_eq!(sent_for(&request).await["tool_choice"], choice);
    }
}

#[tokio::test]
async fn a_result_may_hold_images_and_arguments_that_are_no_object_go_back_within_one() {
    let call = ToolCall::new("functions.look:0", "look", "{\"a\":\"x");
    let picture =
        vec![ContentPart::text("Seen."), ContentPart::image_url("https://a.example/a.png")];
    let sent = input([
        Message::assistant("").with_tool_calls([call]),
        Message::tool("functions.look:0", picture),
        Message::tool("functions.look:0", ""),
    ]);
    let expected = json!([
        {"type": "function_call", "call_id": "functions.look:0", "name": "look",
            "arguments": "{\"invalid_json\":\"{\\\"a\\\":\\\"x\"}"},
        {"type": "function_call_output", "call_id": "functions.look:0", "output": [
            {"type": "input_text", "text": "Seen."},
            {"type": "input_image", "image_url": "https://a.example/a.png", "detail": "auto"},
        ]},
        {"type": "function_call_output", "call_id": "functions.look:0", "output": ""},
    ]);
    assert_eq!(sent.await, expected);
}

#[tokio::test]
async fn items_and_tools_that_this_client_does_not_know_are_sent_as_they_are() {
    let approval =
        json!({"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": true});
    let part = json!({"type": "input_file", "file_url": "https://a.example/a.pdf"});
    let sent = input([
        Message::user(Content::Other(approval.clone())),
        Message::user(Content::Other(json!([part, "and a text"]))),
    ]);
    let content = json!([part, {"type": "input_text", "text": "and a text"}]);
    assert_eq!(sent.await, json!([approval, {"role": "user", "content": content}]));
    let search = r#"{"type":"web_search", "filters":{"z":1,"a":2}}"#;
    let tool = ToolSpec::raw("search", search).expect("JSON");
    let sent = sent_for(&question().with_tools([tool])).await;
    assert_eq!(
        sent["tools"].to_string().len(),
        json!([{"type": "web_search", "filters": {"z": 1, "a": 2}}]).to_string().len()
    );
}
