//! Requests: what the mock reads of them.

use ek_core::{
    ChatRequest, ContentPart, LlmProvider as _, LlmResponse, Message, ProtocolName, RawJson,
    ToolCall, ToolChoice, ToolSpec,
};
use ek_mock::Script;
use ek_mock::wire::MockTransport;
use serde_json::json;

use super::super::{answer, recorded, tide, with_settings};
use super::over;

const PATH: &str = "POST /v1beta/models/m:generateContent";

#[tokio::test]
async fn a_request_comes_back_as_it_was_asked() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let user = Message::user([
        ContentPart::text("Look:"),
        ContentPart::image_bytes("image/png", b"png"),
        ContentPart::image_url("https://example.test/a.png"),
        ContentPart::audio_bytes("wav", b"wav"),
        ContentPart::Raw(json!({"videoMetadata": {"fps": 1}})),
    ]);
    let calls = [
        ToolCall::new("call_1", "tide", r#"{"z": 1e2,"a":0}"#),
        ToolCall::new("call_2", "wind", "{}"),
    ];
    let messages = [
        Message::system("Be brief."),
        Message::system("Speak English."),
        user,
        Message::assistant("I look.").with_tool_calls(calls),
        Message::tool("call_1", r#"{"at":"noon","wind":0}"#),
        Message::tool_error(
            "call_2",
            [ContentPart::text("no wind"), ContentPart::image_bytes("image/png", b"p")],
        ),
        Message::user("So?"),
    ];
    let search = ToolSpec::raw("googleSearch", r#"{"googleSearch":{}}"#).expect("JSON");
    let asked = with_settings(messages, [tide(), search])
        .with_seed(7)
        .with_stop(["x", "y"])
        .with_extra("cachedContent", "cachedContents/1");
    assert_eq!(recorded(&over(&transport), &transport, &asked).await, [asked.clone(), asked]);
}

#[tokio::test]
async fn a_call_has_the_id_of_the_model_and_goes_back_with_its_signature() {
    let calls = [ToolCall::new("a", "tide", "{}"), ToolCall::new("b", "tide", r#"{"x":1}"#)];
    let reply = LlmResponse::text("I look.").with_reasoning("hm").with_tool_calls(calls);
    let transport = MockTransport::new(Script::cycling([reply]));
    let real = over(&transport);
    let first = real.complete(&ChatRequest::user("?")).await.expect("a reply");
    let messages = [
        Message::user("?"),
        Message::from(&first),
        Message::tool("a", "noon"),
        Message::tool("b", "soon"),
    ];
    real.complete(&ChatRequest::new(messages.clone())).await.expect("a reply");
    let found = transport.last_call().expect("a call").request.messages;
    assert_eq!(found, messages);
    let native = found[1].native_for(&ProtocolName::GeminiGenerateContent).expect("a turn");
    assert_eq!(native.matches("thoughtSignature").count(), 1, "{native}");
}

#[tokio::test]
async fn results_without_an_id_answer_the_calls_of_their_tool_in_order() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let call = |name: &str| json!({"functionCall": {"name": name}});
    let result = |name: &str, said: &str| json!({"function_response": {"name": name, "response": {"output": said}}});
    let body = json!({"contents": [
        {"role": "user", "parts": [{"text": "?"}]},
        {"role": "model", "parts": [call("tide"), call("wind"), call("tide")]},
        {"role": "user", "parts": [result("wind", "w"), result("tide", "1"), result("tide", "2")]},
    ]});
    answer(&transport, PATH, "", &body.to_string()).await;
    let found = transport.last_call().expect("a call").request.messages;
    let answered: Vec<_> = found[2..]
        .iter()
        .map(|message| (message.tool_call_id.as_deref().unwrap_or_default(), message.text()))
        .collect();
    let pairs = [("call_2", "w"), ("call_1", "1"), ("call_3", "2")];
    assert_eq!(answered, pairs.map(|(id, said)| (id, said.into())));
}

#[tokio::test]
async fn keys_in_snake_case_are_read_and_odd_values_stay_with_the_request() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let body = r#"{"contents":[{"role":"user","parts":[{"text":"?"}]}],
        "system_instruction":{"parts":[{"text":"Be brief."}]},"safety_settings":[],
        "generation_config":{"max_output_tokens":9,"temperature":"no","response_mime_type":"text/x.enum",
        "thinking_config":{"include_thoughts":true,"thinking_level":"HIGH"}},
        "tool_config":{"function_calling_config":{"mode":"VALIDATED"}},
        "tools":[{"function_declarations":[{"name":"t","parameters":{"type":"OBJECT"}}]},{"code_execution":{}}]}"#;
    answer(&transport, PATH, "", body).await;
    let asked = transport.last_call().expect("a call").request;
    assert_eq!(asked.messages, [Message::system("Be brief."), Message::user("?")]);
    assert_eq!((asked.max_tokens, asked.reasoning_effort.as_deref()), (Some(9), Some("high")));
    assert_eq!(
        serde_json::to_string(&asked.extra).expect("JSON"),
        r#"{"generationConfig":{"responseMimeType":"text/x.enum","temperature":"no","thinkingConfig":{"includeThoughts":true}},"safetySettings":[]}"#
    );
    assert!(matches!(asked.tool_choice, Some(ToolChoice::Raw(_))));
    let schema = asked.tools[0].parameters.as_ref().map(RawJson::as_str);
    assert_eq!((asked.tools[0].name.as_str(), schema), ("t", Some(r#"{"type":"OBJECT"}"#)));
    assert_eq!(asked.tools[1].name, "code_execution");
}

#[tokio::test]
async fn a_setting_that_is_no_object_stays_with_the_request() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let settings = json!({"generationConfig": {"thinkingConfig": 7}, "toolConfig": "x"});
    for settings in [settings, json!({"generationConfig": 7})] {
        let mut body = settings.clone();
        body["contents"] = json!([]);
        answer(&transport, PATH, "", &body.to_string()).await;
        let extra = transport.last_call().expect("a call").request.extra;
        assert_eq!(serde_json::Value::from(extra), settings);
    }
}

#[tokio::test]
async fn vertex_ai_asks_under_a_path_of_its_own() {
    let transport = MockTransport::new(Script::cycling(["Ebb."]));
    let path = "POST /v1/projects/p/locations/l/publishers/google/models/g:generateContent";
    let body = r#"{"contents":[{"role":"user","parts":[{"text":"?"}]}]}"#;
    let (head, answer) = answer(&transport, path, "", body).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(answer.contains(r#""modelVersion":"g""#), "{answer}");
}
