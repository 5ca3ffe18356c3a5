//! What came on the wire is recorded as what was asked.

use ek_core::{LlmProvider, Message, ResponseFormat, ToolCall, ToolChoice, ToolSpec};
use ek_mock::Script;
use ek_mock::wire::MockTransport;

use super::{closing, connection, exchange, over, raw, recorded, request, tide, with_settings};

#[tokio::test]
async fn a_request_comes_back_as_it_was_asked() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let messages = [
        Message::system("Be brief."),
        Message::user("And the tide?"),
        Message::assistant("").with_tool_calls([ToolCall::new("call_1", "tide", "{}")]),
        Message::tool("call_1", "noon"),
    ];
    let tools = [tide().with_strict(true), ToolSpec::custom("shell", "runs")];
    let asked = with_settings(messages, tools)
        .with_stop(["x", "y"])
        .with_seed(-3)
        .with_parallel_tool_calls(false)
        .with_extra("min_p", 0.5);
    assert_eq!(recorded(&over(&transport), &transport, &asked).await, [asked.clone(), asked]);
}

#[tokio::test]
async fn headers_are_kept_and_credentials_are_not() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let settings = ek_http::Provider::builder(transport.uri(), "m").connector(transport.clone());
    let settings = settings.api_key("sk-0123456789abcdef").header("x-team", "harbour");
    let provider = settings.build().expect("sound settings");
    provider.complete(&"?".into()).await.expect("a reply");
    let call = transport.last_call().expect("a call");
    let header = |name: &str| {
        let found = call.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!((header("authorization"), header("x-team")), (Some("[REDACTED]"), Some("harbour")));
    assert!(!format!("{call:?}").contains("harbour"));
}

#[tokio::test]
async fn odd_values_stay_with_the_request() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let body = r#"{"messages":[],"temperature":null,"max_completion_tokens":5,"stop":"x","seed":"no",
        "tools":[{"type":"web_search"}],"tool_choice":{"type":"any"},"response_format":{"type":"own"}}"#;
    exchange(&mut connection(&transport), &closing(&request(body))).await;
    let asked = transport.last_call().expect("a call").request;
    assert_eq!((asked.max_tokens, asked.stop, asked.seed), (Some(5), vec!["x".to_owned()], None));
    assert_eq!(asked.extra.get("seed").and_then(|seed| seed.as_str()), Some("no"));
    assert_eq!(asked.tools[0].raw, Some(raw(r#"{"type":"web_search"}"#)));
    assert_eq!(asked.tool_choice, Some(ToolChoice::Raw(raw(r#"{"type":"any"}"#))));
    assert_eq!(asked.response_format, Some(ResponseFormat::Raw(raw(r#"{"type":"own"}"#))));
}
