//! Which rule answers a request.

use ek_core::{
    ChatRequest, ErrorKind, LlmProvider, Message, StreamingProvider, ToolCall, ToolSpec,
};
use ek_mock::{MockProvider, Rule, Script, When};

async fn answer(provider: &MockProvider, request: &ChatRequest) -> String {
    provider.complete(request).await.expect("a reply").content
}

fn tide() -> ToolSpec {
    ToolSpec::new("tide", "when", "{}").expect("a schema")
}

/// A conversation up to the result of this tool.
fn after_result_of(tool: &str) -> ChatRequest {
    let call = ToolCall::new("call_1", tool, "{}");
    ChatRequest::new([
        Message::user("And the tide?"),
        Message::assistant("").with_tool_calls([call]),
        Message::tool("call_1", "noon"),
    ])
}

#[tokio::test]
async fn the_first_rule_that_fits_answers() {
    let script = Script::new()
        .on(When::user_text("tide"), ["exactly"])
        .on(When::user_text_contains("tide"), ["contains"])
        .on(When::model("m-1"), ["model"])
        .on(When::offers_tool("tide"), ["offers"])
        .on(When::predicate("short", |request| request.messages.len() == 1), ["closure"])
        .otherwise(["other"]);
    let provider = MockProvider::from_script(script);
    let long = ChatRequest::user("a").with_message(Message::user("b"));
    for (request, text) in [
        (ChatRequest::user("tide"), "exactly"),
        (ChatRequest::user("tides"), "contains"),
        (ChatRequest::user("Tides").with_model("m-1"), "model"),
        (ChatRequest::user("x").with_model("m-2").with_extra("model", "m-1"), "model"),
        (ChatRequest::user("x").with_model("m-1").with_extra("model", "m-2"), "closure"),
        (ChatRequest::user("x").with_tools([tide()]), "offers"),
        (long, "other"),
    ] {
        assert_eq!(answer(&provider, &request).await, text);
    }
    let rules: Vec<_> = provider.calls().into_iter().map(|call| call.rule).collect();
    assert_eq!(rules[2].as_deref(), Some("rule 3 (model is \"m-1\")"));
}

#[tokio::test]
async fn the_newest_message_of_the_user_counts() {
    let provider = MockProvider::from_script(
        Script::new().on(When::user_text_contains("tide"), ["tide"]).otherwise(["other"]),
    );
    let request = ChatRequest::user("tide").with_message(Message::assistant("noon"));
    assert_eq!(answer(&provider, &request).await, "tide");
    let request = request.with_message(Message::user("thanks"));
    assert_eq!(answer(&provider, &request).await, "other");
}

#[tokio::test]
async fn a_tools_result_is_seen_until_the_user_speaks_again() {
    let script = Script::new()
        .on(When::tool_result_of("tide"), ["the tide"])
        .on(When::tool_result(), ["some tool"])
        .on(When::no_tool_result(), ["no tool"]);
    let provider = MockProvider::from_script(script);
    assert_eq!(answer(&provider, &after_result_of("tide")).await, "the tide");
    assert_eq!(answer(&provider, &after_result_of("wind")).await, "some tool");
    let spoken = after_result_of("tide").with_message(Message::user("thanks"));
    assert_eq!(answer(&provider, &spoken).await, "no tool");
}

#[tokio::test]
async fn a_result_belongs_to_the_newest_call_of_its_id() {
    let request = after_result_of("wind")
        .with_message(Message::assistant("").with_tool_calls([ToolCall::new("call_1", "tide", "")]))
        .with_message(Message::tool("call_1", "noon"));
    let script = Script::new().on(When::tool_result_of("wind"), ["wind"]).otherwise(["tide"]);
    assert_eq!(answer(&MockProvider::from_script(script), &request).await, "tide");
}

#[tokio::test]
async fn conditions_that_are_joined_must_all_hold() {
    let both = When::user_text_contains("tide").and(When::offers_tool("tide"));
    let provider = MockProvider::from_script(Script::new().on(both, ["both"]).otherwise(["not"]));
    let request = ChatRequest::user("tide");
    assert_eq!(answer(&provider, &request).await, "not");
    assert_eq!(answer(&provider, &request.with_tools([tide()])).await, "both");
    assert_eq!(answer(&provider, &ChatRequest::user("x").with_tools([tide()])).await, "not");
}

#[tokio::test]
async fn a_stream_can_be_distinguished_from_a_call() {
    let script = Script::new().on(When::streamed(true), ["stream"]).otherwise(["call"]);
    let provider = MockProvider::from_script(script);
    let request = ChatRequest::user("?");
    assert_eq!(answer(&provider, &request).await, "call");
    let stream = provider.stream(&request).await.expect("a stream");
    assert_eq!(stream.collect().await.expect("a reply").content, "stream");
}

#[tokio::test]
async fn a_request_that_no_rule_fits_is_refused_with_what_came_and_what_there_is() {
    let script = Script::new()
        .rule(Rule::new(When::user_text_contains("tide").and(When::model("m"))).named("tides"))
        .on(When::tool_result_of("wind").and(When::streamed(true)), ["a"])
        .on(When::predicate("long", |_| false), ["a"]);
    let provider = MockProvider::from_script(script);
    let mut messages = Vec::new();
    let long = "What is the wind doing, and will it be doing the same to-morrow, at noon?";
    for request in [
        ChatRequest::user(long).with_model("m"),
        ChatRequest::user("wind").with_tools([tide()]),
        after_result_of("wind"),
    ] {
        let error = provider.complete(&request).await.expect_err("no rule");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Config, false));
        messages.push(error.to_string());
    }
    let empty = MockProvider::from_script(Script::new());
    messages.push(empty.complete(&ChatRequest::default()).await.expect_err("no rule").to_string());
    insta::assert_snapshot!(messages.join("\n\n"), @r#"
    no rule fits call 1 (user text "What is the wind doing, and will it be doing the same to-mor...", model "m", 1 message). The nearest is rule "tides", which wants: user text contains "tide". The rules are: rule "tides"; rule 2 (a result of tool "wind" is there, and asked for as a stream); rule 3 (long (closure))

    no rule fits call 2 (user text "wind", 1 message, tools tide). The nearest is rule 3 (long (closure)), which wants: long (closure). The rules are: rule "tides"; rule 2 (a result of tool "wind" is there, and asked for as a stream); rule 3 (long (closure))

    no rule fits call 3 (user text "And the tide?", 3 messages, the last a tool result). The nearest is rule "tides", which wants: model is "m". The rules are: rule "tides"; rule 2 (a result of tool "wind" is there, and asked for as a stream); rule 3 (long (closure))

    no rule fits call 1 (no user text, 0 messages): the script has no rules
    "#);
    assert_eq!(provider.call_count(), 3);
    assert!(provider.calls().iter().all(|call| call.rule.is_none()));
}
