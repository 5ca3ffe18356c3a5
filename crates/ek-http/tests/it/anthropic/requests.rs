//! What is sent: headers, and each part of a portable request in the words of the API.

use std::time::Duration;

use ek_core::{
    CacheMark, ChatRequest, ContentPart, ErrorKind, Message, ProtocolName, RawJson,
    ReasoningBudget, ResponseFormat, Role, ToolCall, ToolChoice, ToolSpec,
};
use ek_http::Auth;
use serde_json::{Value, json};

use super::{answered, answered_with, close, events, message, open, question, start};
use crate::support::KEY;

/// What is sent for a request.
async fn sent(request: &ChatRequest) -> Value {
    let rig = answered([message(json!([]), "end_turn")]).await;
    rig.ask(request).await.expect("a reply");
    rig.sent(0)
}

async fn refused(request: &ChatRequest, kind: ErrorKind, why: &str) {
    let rig = answered([message(json!([]), "end_turn")]).await;
    let error = rig.ask(request).await.expect_err("refused");
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(why), "{error}");
    assert_eq!(rig.server.request_count(), 0);
}

#[tokio::test]
async fn the_key_goes_as_x_api_key_or_as_a_bearer_token_and_betas_are_added_up() {
    for (auth, name, value) in [
        (None, "x-api-key", KEY.to_owned()),
        (Some(Auth::Bearer), "authorization", format!("Bearer {KEY}")),
    ] {
        let rig = answered_with([message(json!([]), "end_turn")], |settings| {
            let settings = settings.header("anthropic-beta", "files-api-2025-04-14");
            auth.into_iter().fold(settings, ek_http::ProviderBuilder::auth)
        })
        .await;
        rig.ask(&question().with_header("anthropic-beta", "a-1,b-2")).await.expect("a reply");
        let request = rig.server.requests().remove(0);
        assert_eq!(request.header(name), Some(value.as_str()));
        let other = if name == "x-api-key" { "authorization" } else { "x-api-key" };
        assert_eq!(request.header(other), None);
        assert_eq!(request.header("anthropic-version"), Some("2023-06-01"));
        assert_eq!(request.header("anthropic-beta"), Some("files-api-2025-04-14,a-1,b-2"));
    }
}

#[tokio::test]
async fn another_version_of_the_api_replaces_the_usual_one() {
    let rig = answered([message(json!([]), "end_turn")]).await;
    rig.ask(&question().with_header("anthropic-version", "2026-10-21")).await.expect("a reply");
    assert_eq!(rig.server.requests()[0].header("anthropic-version"), Some("2026-10-21"));
}

#[tokio::test]
async fn instructions_are_hoisted_in_order_and_roles_alternate() {
    let request = ChatRequest::new([
        Message::system("Be brief."),
        Message::user("Hello."),
        Message::user("Are you there?"),
        Message::assistant(" "),
        Message::new(Role::Developer, "Be polite.").with_cache(CacheMark::new()),
        Message::user("And now?"),
        Message::assistant("Yes."),
        Message::assistant("I am."),
    ]);
    let sent = sent(&request).await;
    let polite =
        json!({"type": "text", "text": "Be polite.", "cache_control": {"type": "ephemeral"}});
    assert_eq!(sent["system"], json!([{"type": "text", "text": "Be brief."}, polite]));
    let texts = |texts: &[&str]| -> Value {
        texts.iter().map(|text| json!({"type": "text", "text": text})).collect()
    };
    let expected = json!([
        {"role": "user", "content": texts(&["Hello.", "Are you there?", "And now?"])},
        {"role": "assistant", "content": texts(&["Yes.", "I am."])},
    ]);
    assert_eq!(sent["messages"], expected);
}

#[tokio::test]
async fn images_and_documents_have_their_own_sources() {
    let parts = [
        ContentPart::image_bytes("image/png", [1, 2, 3]),
        ContentPart::image_url("https://a.example/x.png").with_detail("low"),
        ContentPart::image_file_id("file_1"),
        ContentPart::file_bytes("a.pdf", "application/pdf", b"%PDF").with_citations(true),
        ContentPart::file_bytes("a.csv", "text/csv", "a,b").with_citations(true),
        ContentPart::file_url("b.pdf", "https://a.example/b.pdf"),
        ContentPart::file_id("file_2"),
        ContentPart::Raw(
            json!({"type": "search_result", "source": "s", "title": "t", "content": []}),
        ),
    ];
    let sent = sent(&ChatRequest::new([Message::user(parts.to_vec())])).await;
    let expected = json!([
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AQID"}},
        {"type": "image", "source": {"type": "url", "url": "https://a.example/x.png"}},
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
            "title": "a.pdf", "citations": {"enabled": true}},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "a,b"},
            "title": "a.csv", "citations": {"enabled": true}},
        {"type": "document", "source": {"type": "url", "url": "https://a.example/b.pdf"}, "title": "b.pdf"},
        {"type": "document", "source": {"type": "file", "file_id": "file_2"}},
        {"type": "search_result", "source": "s", "title": "t", "content": []},
    ]);
    assert_eq!(sent["messages"][0]["content"], expected);
}

#[tokio::test]
async fn a_result_may_fail_and_hold_images() {
    let call = |id: &str| ToolCall::new(id, "look", "{}");
    let request = question()
        .with_message(Message::assistant("").with_tool_calls([call("a"), call("b"), call("c")]))
        .with_message(Message::tool(
            "a",
            vec![ContentPart::text("seen"), ContentPart::image_bytes("image/png", [1])],
        ))
        .with_message(Message::tool_error("b", "dark"))
        .with_message(Message::tool("c", "").with_cache(CacheMark::new()));
    let sent = sent(&request).await;
    let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AQ=="}});
    let expected = json!([
        {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "seen"}, image]},
        {"type": "tool_result", "tool_use_id": "b", "content": "dark", "is_error": true},
        {"type": "tool_result", "tool_use_id": "c", "cache_control": {"type": "ephemeral"}},
    ]);
    assert_eq!(sent["messages"][2]["content"], expected);
}

#[tokio::test]
async fn cache_marks_stand_on_tools_parts_and_the_whole_request_with_their_time() {
    let hour = CacheMark::new().with_ttl(Duration::from_secs(3_600));
    let tool = ToolSpec::custom("now", "").with_cache(hour);
    let server_tool =
        ToolSpec::raw("web_search", r#"{"type":"web_search_20250305","name":"web_search"}"#);
    let parts = vec![
        ContentPart::text("A long text."),
        ContentPart::CachePoint(CacheMark::new()),
        ContentPart::text("A question."),
    ];
    let request = ChatRequest::new([Message::user(parts)])
        .with_tools([tool, server_tool.expect("JSON").with_cache(CacheMark::new())])
        .with_cache(hour);
    let sent = sent(&request).await;
    let (short, long) = (json!({"type": "ephemeral"}), json!({"type": "ephemeral", "ttl": "1h"}));
    assert_eq!(sent["cache_control"], long);
    let schema = json!({"type": "object", "properties": {}});
    assert_eq!(
        sent["tools"][0],
        json!({"name": "now", "input_schema": schema, "cache_control": long})
    );
    assert_eq!(sent["tools"][1]["cache_control"], short);
    let content = &sent["messages"][0]["content"];
    assert_eq!(content[0]["cache_control"], short);
    assert_eq!(content[1], json!({"type": "text", "text": "A question."}));
}

#[tokio::test]
async fn settings_have_their_counterparts() {
    let schema = RawJson::new(r#"{"type":"object","additionalProperties":false}"#).expect("JSON");
    let form = ResponseFormat::JsonSchema { name: "n".into(), schema, strict: false };
    let request = question()
        .with_temperature(0.5)
        .with_suggested_temperature(0.1)
        .with_top_p(0.9)
        .with_stop(["END"])
        .with_seed(7)
        .with_reasoning_effort("xhigh")
        .with_response_format(form)
        .with_tools([ToolSpec::custom("now", "The time")])
        .with_parallel_tool_calls(false)
        .with_extra_for(ProtocolName::AnthropicMessages, "service_tier", "standard_only")
        .with_extra_for(ProtocolName::ChatCompletions, "logprobs", true)
        .with_extra("top_k", 5)
        .with_extra("n", 1);
    let mut sent = sent(&request).await;
    let object = sent.as_object_mut().expect("an object");
    object.remove("messages");
    object.remove("tools");
    let expected = json!({
        "model": "claude-sonnet-5", "max_tokens": 4096, "temperature": 0.5, "top_p": 0.9,
        "stop_sequences": ["END"], "service_tier": "standard_only", "top_k": 5,
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": true},
        "output_config": {"effort": "xhigh", "format": {"type": "json_schema", "schema": {"type": "object", "additionalProperties": false}}},
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_suggested_temperature_is_not_sent_and_one_of_the_builder_is() {
    let suggested = sent(&question().with_suggested_temperature(0.1)).await;
    assert_eq!(suggested.get("temperature"), None);
    let answers = [message(json!([]), "end_turn")];
    let rig = answered_with(answers, |settings| settings.default_temperature(0.2)).await;
    rig.ask(&question()).await.expect("a reply");
    assert_eq!(rig.sent(0)["temperature"], 0.2);
}

#[tokio::test]
async fn a_limit_is_always_sent_and_the_budget_is_on_top_of_one_that_nobody_asked_for() {
    let answers = || [message(json!([]), "end_turn")];
    let budget = || question().with_reasoning_budget(ReasoningBudget::Tokens(2_000));
    for (request, limit) in [
        (question(), 1_000),
        (budget(), 3_000),
        (budget().with_max_tokens(2_500), 2_500),
        (question().with_max_tokens(0), 0),
        (question().with_extra("max_tokens", 9), 9),
    ] {
        let rig = answered_with(answers(), |settings| settings.default_max_tokens(1_000)).await;
        rig.ask(&request).await.expect("a reply");
        assert_eq!(rig.sent(0)["max_tokens"], limit);
    }
    let rig = answered_with(answers(), |settings| settings.default_max_tokens(None)).await;
    rig.ask(&question()).await.expect("a reply");
    assert_eq!(rig.sent(0)["max_tokens"], 4_096);
}

#[tokio::test]
async fn a_choice_without_tools_is_none_and_one_of_the_callers_is_sent_as_it_is() {
    let auto = sent(&question().with_tool_choice(ToolChoice::Auto)).await;
    assert_eq!(auto.get("tool_choice"), None);
    let raw = RawJson::new(r#"{"type":"any"}"#).expect("JSON");
    let raw = sent(&question().with_tool_choice(ToolChoice::Raw(raw))).await;
    assert_eq!(raw["tool_choice"], json!({"type": "any"}));
}

#[tokio::test]
async fn an_edited_turn_is_rebuilt_without_what_the_edit_made_stale() {
    let blocks = json!([
        {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
        {"type": "text", "text": "Ebb."},
    ]);
    let rig = answered([message(blocks, "end_turn")]).await;
    let reply = rig.ask(&question()).await.expect("a reply");
    let mut edited = Message::from(&reply);
    edited.content = Some("Flood.".into());
    let sent = sent(&question().with_message(edited).with_message(Message::user("?"))).await;
    assert_eq!(sent["messages"][1]["content"], json!([{"type": "text", "text": "Flood."}]));
}

#[tokio::test]
async fn a_turn_that_the_sandbox_waits_for_goes_on_in_its_container() {
    let call = json!({
        "type": "tool_use", "id": "toolu_1", "name": "tide", "input": {},
        "caller": {"type": "code_execution_20250825", "tool_id": "srvtoolu_1"},
    });
    let end = json!({"type": "message_delta", "delta": {"stop_reason": "tool_use", "container": {"id": "c-1"}}});
    let stream = [start(), open(0, call.clone()), close(0), end, json!({"type": "message_stop"})];
    let rig = answered([events(stream)]).await;
    let reply = rig.streamed(&question()).await.expect("a reply");
    let request = question().with_message(Message::from(&reply));
    let request = request.with_message(Message::tool("toolu_1", "14:20"));
    let goes_on = sent(&request).await;
    assert_eq!(goes_on["container"], "c-1");
    assert_eq!(goes_on["messages"][1]["content"], json!([call]));
    let own = sent(&request.clone().with_extra("container", "mine")).await;
    assert_eq!(own["container"], "mine");
    let over =
        request.with_message(Message::assistant("14:20")).with_message(Message::user("Thanks."));
    assert_eq!(sent(&over).await.get("container"), None);
}

#[tokio::test]
async fn what_has_no_counterpart_and_would_change_the_answer_is_refused_before_anything_is_sent() {
    use ErrorKind::{Config, Unsupported};
    let audio = ContentPart::audio_bytes("wav", [1, 2]);
    refused(&ChatRequest::new([Message::user(vec![audio])]), Unsupported, "audio").await;
    let video =
        ContentPart::Raw(json!({"type": "video_url", "video_url": {"url": "https://a.example"}}));
    refused(&ChatRequest::new([Message::user(vec![video])]), Unsupported, "video_url").await;
    let any_object = question().with_response_format(ResponseFormat::JsonObject);
    refused(&any_object, Unsupported, "JsonSchema").await;
    refused(&question().with_extra("n", 2), Unsupported, "`n`").await;
    let odd = Message::new(Role::from("function"), "x");
    refused(&question().with_message(odd), Unsupported, "`function`").await;
    let mut nameless = Message::tool("x", "y");
    nameless.tool_call_id = None;
    refused(&question().with_message(nameless), Config, "which call").await;
    refused(&question().with_temperature(f64::NAN), Config, "temperature").await;
}
