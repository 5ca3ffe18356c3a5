//! How a portable request is written for this API.

use ek_core::{
    CacheMark, ChatRequest, ContentPart, ErrorKind, Message, ProtocolName, RawJson,
    ReasoningBudget, ResponseFormat, ToolCall, ToolChoice, ToolSpec,
};
use serde_json::{Value, json};

use super::{question, rig, sent, whole};

async fn refused(request: &ChatRequest) -> ek_core::Error {
    let rig = rig([]).await;
    let error = rig.ask(request).await.expect_err("a refusal");
    assert_eq!(rig.server.request_count(), 0, "{error}");
    error
}

#[tokio::test]
async fn nothing_is_sent_that_nobody_asked_for() {
    let expected =
        json!({"contents": [{"role": "user", "parts": [{"text": "When is high tide?"}]}]});
    assert_eq!(sent(&question()).await, expected);
    let odd = question()
        .with_cache(CacheMark::new())
        .with_parallel_tool_calls(false)
        .with_response_format(ResponseFormat::Text)
        .with_tool_choice(ToolChoice::None);
    assert_eq!(sent(&odd).await, expected);
}

#[tokio::test]
async fn settings_stand_in_the_generation_config_and_are_joined_with_the_callers() {
    let request = question()
        .with_max_tokens(300)
        .with_temperature(0.2)
        .with_top_p(0.5)
        .with_seed(7)
        .with_stop(["END"])
        .with_extra(
            "generationConfig",
            json!({"topK": 40, "temperature": 0.9, "thinkingConfig": {"includeThoughts": true}}),
        )
        .with_extra_for(ProtocolName::AnthropicMessages, "top_k", 1)
        .with_extra_for(
            ProtocolName::GeminiGenerateContent,
            "safetySettings",
            json!([{"category": "x"}]),
        )
        .with_reasoning_effort("low");
    let body = sent(&request).await;
    let expected = json!({
        "maxOutputTokens": 300, "topP": 0.5, "seed": 7, "stopSequences": ["END"], "topK": 40,
        "temperature": 0.9, "thinkingConfig": {"thinkingLevel": "LOW", "includeThoughts": true},
    });
    assert_eq!(body["generationConfig"], expected);
    assert_eq!(body["safetySettings"], json!([{"category": "x"}]));
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(3), "{body}");
}

#[tokio::test]
async fn a_suggested_temperature_is_sent_where_none_was_asked_for() {
    let suggested = question().with_suggested_temperature(0.4);
    assert_eq!(sent(&suggested).await["generationConfig"], json!({"temperature": 0.4}));
    let asked = suggested.with_temperature(0.1);
    assert_eq!(sent(&asked).await["generationConfig"], json!({"temperature": 0.1}));
}

#[tokio::test]
async fn thinking_is_a_level_or_a_budget_and_never_both() {
    use ReasoningBudget::{Adaptive, Off, Tokens};
    let level = |word: &str| json!({"thinkingLevel": word});
    let budget = |tokens: i64| json!({"thinkingBudget": tokens});
    for (effort, tokens, thinking) in [
        (Some("high"), None, level("HIGH")),
        (Some("Minimal"), None, level("MINIMAL")),
        (Some("xhigh"), None, level("XHIGH")),
        (Some("none"), None, budget(0)),
        (None, Some(Off), budget(0)),
        (None, Some(Adaptive), budget(-1)),
        (None, Some(Tokens(2_048)), budget(2_048)),
        (Some("high"), Some(Tokens(2_048)), budget(2_048)),
        (Some("high"), Some(Adaptive), level("HIGH")),
        (Some("none"), Some(Adaptive), budget(0)),
        (Some("high"), Some(Off), budget(0)),
    ] {
        let mut request = question();
        request.reasoning_effort = effort.map(str::to_owned);
        request.reasoning_budget = tokens;
        let body = sent(&request).await;
        assert_eq!(body["generationConfig"]["thinkingConfig"], thinking, "{effort:?} {tokens:?}");
    }
}

#[tokio::test]
async fn the_form_of_the_answer_is_a_type_and_a_schema() {
    let text = r#"{"type":"object","$defs":{"a":{}},"additionalProperties":false}"#;
    let schema = RawJson::new(text).expect("JSON");
    let form = ResponseFormat::JsonSchema { name: "n".into(), schema, strict: true };
    let json_type = json!({"responseMimeType": "application/json"});
    let mut with_schema = json_type.clone();
    with_schema["responseJsonSchema"] = serde_json::from_str(text).expect("JSON");
    let raw =
        RawJson::new(r#"{"responseMimeType":"text/x.enum","responseSchema":{}}"#).expect("JSON");
    let raw_value = json!({"responseMimeType": "text/x.enum", "responseSchema": {}});
    for (form, expected) in [
        (form, with_schema),
        (ResponseFormat::JsonObject, json_type),
        (ResponseFormat::Raw(raw), raw_value),
    ] {
        let body = sent(&question().with_response_format(form)).await;
        assert_eq!(body["generationConfig"], expected);
    }
}

#[tokio::test]
async fn the_choice_of_tools_is_a_mode() {
    let own = ToolSpec::new("tide", "High tide", r#"{"type":"object"}"#).expect("JSON");
    let own = own.with_strict(true);
    for (choice, calling) in [
        (ToolChoice::Auto, json!({"mode": "AUTO"})),
        (ToolChoice::None, json!({"mode": "NONE"})),
        (ToolChoice::Required, json!({"mode": "ANY"})),
        (
            ToolChoice::Function("tide".into()),
            json!({"mode": "ANY", "allowedFunctionNames": ["tide"]}),
        ),
        (
            ToolChoice::Raw(RawJson::new(r#"{"mode":"VALIDATED"}"#).expect("JSON")),
            json!({"mode": "VALIDATED"}),
        ),
    ] {
        let request = question().with_tools([own.clone()]).with_tool_choice(choice);
        assert_eq!(sent(&request).await["toolConfig"], json!({"functionCallingConfig": calling}));
    }
}

#[tokio::test]
async fn media_are_data_or_the_uri_of_a_file() {
    let request = ChatRequest::new([Message::user([
        ContentPart::image_bytes("image/png", [1, 2, 3]),
        ContentPart::image_url("https://a.example/map.JPG?size=2"),
        ContentPart::image_url("data:image/png;base64,AQI"),
        ContentPart::audio_bytes("mp3", [1, 2, 3]),
        ContentPart::file_bytes("plan.pdf", "application/pdf", [1, 2, 3]),
        ContentPart::file_url("a.pdf", "gs://bucket/a"),
        ContentPart::file_id("https://generativelanguage.googleapis.com/v1beta/files/x"),
        ContentPart::text(""),
        ContentPart::Raw(json!({"text": "t", "videoMetadata": {"fps": 1}})),
        ContentPart::Raw(json!({"type": "text", "text": "odd", "x": 1})),
    ])]);
    let inline = |kind: &str, data: &str| json!({"inlineData": {"mimeType": kind, "data": data}});
    let file = |uri: &str, kind: &str| json!({"fileData": {"fileUri": uri, "mimeType": kind}});
    let expected = json!([
        inline("image/png", "AQID"),
        file("https://a.example/map.JPG?size=2", "image/jpeg"),
        inline("image/png", "AQI"),
        inline("audio/mpeg", "AQID"),
        inline("application/pdf", "AQID"),
        file("gs://bucket/a", "application/pdf"),
        {"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/x"}},
        {"text": "t", "videoMetadata": {"fps": 1}},
        {"text": "odd"},
    ]);
    assert_eq!(sent(&request).await["contents"][0]["parts"], expected);
}

#[tokio::test]
async fn instructions_stand_apart_and_messages_of_a_role_in_one_content() {
    let request = ChatRequest::new([
        Message::system("A."),
        Message::user("B."),
        Message::user(""),
        Message::system("C."),
        Message::user("D."),
        Message::assistant(""),
        Message::assistant("E."),
        Message::user("F."),
    ]);
    let body = sent(&request).await;
    assert_eq!(body["systemInstruction"], json!({"parts": [{"text": "A."}, {"text": "C."}]}));
    let turn = |role: &str, texts: &[&str]| {
        let parts: Vec<Value> = texts.iter().map(|text| json!({"text": text})).collect();
        json!({"role": role, "parts": parts})
    };
    let expected =
        json!([turn("user", &["B.", "D."]), turn("model", &["E."]), turn("user", &["F."])]);
    assert_eq!(body["contents"], expected);
}

#[tokio::test]
async fn what_would_change_the_meaning_of_the_answer_is_refused_before_it_is_sent() {
    for (request, kind) in [
        (question().with_extra("n", 2), ErrorKind::Unsupported),
        (
            ChatRequest::new([Message::user([ContentPart::Raw(json!({"type": "widget"}))])]),
            ErrorKind::Unsupported,
        ),
        (ChatRequest::new([Message::new("critic".into(), "x")]), ErrorKind::Unsupported),
        (question().with_message(Message::tool("call_9", "x")), ErrorKind::Config),
        (question().with_temperature(f64::NAN), ErrorKind::Config),
    ] {
        let error = refused(&request).await;
        assert_eq!(error.kind(), kind, "{error}");
    }
    assert_eq!(sent(&question().with_extra("n", 1)).await.get("n"), None);
}

#[tokio::test]
async fn a_result_whose_call_is_gone_is_sent_under_the_tool_that_it_names() {
    let result = Message::tool("call_9", "14:20").with_name("tide");
    let body = sent(&question().with_message(result)).await;
    let expected = json!({"functionResponse": {"name": "tide", "response": {"output": "14:20"}}});
    assert_eq!(body["contents"][0]["parts"][0], expected);
}

#[tokio::test]
async fn images_in_a_result_stand_beside_its_response() {
    let call = ToolCall::new("c", "map", "{}");
    let result = Message::tool(
        "c",
        [ContentPart::text("The map."), ContentPart::image_bytes("image/png", [1])],
    );
    let request = question()
        .with_message(Message::assistant("").with_tool_calls([call]))
        .with_message(result);
    let expected = json!({"functionResponse": {
        "name": "map", "response": {"output": "The map."},
        "parts": [{"inlineData": {"mimeType": "image/png", "data": "AQ=="}}],
    }});
    assert_eq!(sent(&request).await["contents"][2]["parts"], json!([expected]));
}

#[tokio::test]
async fn a_blocked_prompt_leaves_nothing_to_send_back() {
    let blocked = json!({"promptFeedback": {"blockReason": "SAFETY", "safetyRatings": []}});
    let reply = super::reply(&blocked).await;
    assert!(reply.native.is_some(), "what the server said is kept");
    let contents = super::sent_after(&reply, [Message::user("Then?")]).await;
    assert_eq!(contents.as_array().map(Vec::len), Some(1), "{contents}");
}

#[tokio::test]
async fn sources_and_safety_ratings_are_kept_beside_the_parts_and_not_sent_back() {
    let text = json!([{"text": "At nine."}]);
    let mut body = super::candidate(&text, Some("STOP"));
    body["candidates"][0]["groundingMetadata"] = json!({"webSearchQueries": ["ferry"]});
    body["candidates"][0]["safetyRatings"] = json!([{"category": "c", "probability": "LOW"}]);
    let reply = super::reply(&body).await;
    let native: Value =
        serde_json::from_str(reply.native.as_ref().expect("kept").json()).expect("JSON");
    assert_eq!(native["groundingMetadata"]["webSearchQueries"][0], "ferry");
    assert_eq!(native["safetyRatings"][0]["probability"], "LOW");
    let contents = super::sent_after(&reply, []).await;
    assert_eq!(contents[1], json!({"role": "model", "parts": text}));
    let plain = rig([whole(&text, "STOP")]).await.ask(&question()).await.expect("a reply");
    assert_eq!(plain.native, None);
}
