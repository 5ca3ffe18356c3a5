//! A conversation is the same to rules and records, whatever protocol it came in.

use ek_core::{
    ChatRequest, ContentPart, LlmProvider as _, Message, ProtocolName, RawJson, ResponseFormat,
    ToolCall, ToolChoice, ToolSpec,
};
use ek_mock::wire::MockTransport;
use ek_mock::{Script, When};

use super::{ALL, over};

const SCHEMA: &str =
    r#"{"type":"object","properties":{"b":{},"a":{}},"additionalProperties":false}"#;

#[tokio::test]
async fn rules_and_records_see_the_same_conversation_in_every_protocol() {
    let script = Script::new()
        .on(When::tool_result_of("tide"), ["It is noon."])
        .on(When::user_text("When?"), ["Soon."]);
    let transport = MockTransport::new(script);
    let first = ChatRequest::new([Message::system("Be brief."), Message::user("When?")]);
    let calls = [
        ToolCall::new("call_1", "tide", r#"{"city":"Oslo"}"#),
        ToolCall::new("call_2", "tide", r#"{"city":"Riga"}"#),
    ];
    let second = ChatRequest::new([
        Message::system("Be brief."),
        Message::user("When?"),
        Message::assistant("I look.").with_tool_calls(calls),
        Message::tool("call_1", "noon"),
        Message::tool("call_2", r#"{"at":"14:05"}"#),
    ]);
    for (asked, text) in [(first, "Soon."), (second, "It is noon.")] {
        let asked = asked.with_tools([ToolSpec::new("tide", "when", SCHEMA).expect("a schema")]);
        for protocol in &ALL {
            let reply = over(protocol, &transport).complete(&asked).await.expect("a reply");
            assert_eq!(reply.content, text, "{protocol}");
            let call = transport.last_call().expect("a call");
            assert_eq!(call.request.messages, asked.messages, "{protocol}");
            assert_eq!(call.request.tools, asked.tools, "{protocol}");
            assert_eq!(call.request.model.as_deref(), Some("m"), "{protocol}");
            assert_eq!(call.protocol.as_ref(), Some(protocol));
        }
    }
}

#[tokio::test]
async fn settings_come_back_as_they_were_asked() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let schema = RawJson::new(SCHEMA).expect("JSON");
    let format = ResponseFormat::JsonSchema { name: "output".into(), schema, strict: true };
    let asked = ChatRequest::user("?")
        .with_model("m-2")
        .with_max_tokens(77)
        .with_temperature(0.25)
        .with_top_p(0.5)
        .with_tools([ToolSpec::new("tide", "when", SCHEMA).expect("a schema")])
        .with_tool_choice(ToolChoice::Function("tide".into()))
        .with_response_format(format)
        .with_reasoning_effort("low")
        .with_extra("service_tier", "auto");
    for protocol in &ALL {
        over(protocol, &transport).complete(&asked).await.expect("a reply");
        let found = transport.last_call().expect("a call").request;
        let mut expected = asked.clone();
        // The API has no such key: the one that the client sends is in camel case there as well.
        if *protocol == ProtocolName::GeminiGenerateContent {
            expected.extra.clear();
            expected = expected.with_extra("serviceTier", "auto");
        }
        assert_eq!(found, expected, "{protocol}");
    }
}

#[tokio::test]
async fn images_and_documents_are_read_in_every_protocol() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let image = ContentPart::image_bytes("image/png", b"png");
    let said = [ContentPart::text("Look:"), image, ContentPart::text("So?")];
    let document = ContentPart::file_bytes("log.pdf", "application/pdf", b"pdf");
    for protocol in &ALL {
        let asked = ChatRequest::new([Message::user(said.clone())]);
        over(protocol, &transport).complete(&asked).await.expect("a reply");
        let found = transport.last_call().expect("a call").request.messages;
        assert_eq!(found, asked.messages, "{protocol}");

        let asked = ChatRequest::new([Message::user([document.clone()])]);
        over(protocol, &transport).complete(&asked).await.expect("a reply");
        let found = transport.last_call().expect("a call").request.messages;
        let found = found[0].content.clone().expect("a content");
        // Bytes have no name at Gemini.
        let shown = format!("{found:?}");
        assert!(shown.contains("application/pdf"), "{protocol}: {shown}");
    }
}
