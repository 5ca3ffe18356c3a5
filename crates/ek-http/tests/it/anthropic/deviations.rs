//! What clients of this API got wrong, one test for each report; the numbers are those of the project's
//! list.

use std::time::Duration;

use ek_core::{
    ChatRequest, ErrorKind, FinishReason, LlmResponse, Message, ReasoningBudget, StreamEvent,
    ToolCall, ToolSpec,
};
use ek_mock::wire::{Connection, RawScript, RawServer};
use serde_json::{Value, json};

use super::{
    answer, answered, answered_with, call, close, delta, end, events, message, open, open_call,
    question, start, text,
};
use crate::support::{KEY, in_time};

/// All events of a stream, in order.
fn all(parts: impl IntoIterator<Item = Vec<Value>>) -> Vec<u8> {
    let stream = [vec![start()]].into_iter().chain(parts).flatten();
    events(stream)
}

fn ended(stop_reason: &str) -> Vec<Value> {
    end(stop_reason).into()
}

async fn streamed(parts: impl IntoIterator<Item = Vec<Value>>) -> LlmResponse {
    let rig = answered([all(parts)]).await;
    rig.streamed(&question()).await.expect("a reply")
}

async fn stream_fails(answer: Vec<u8>) -> ek_core::Error {
    let rig = answered([answer]).await;
    rig.streamed(&question()).await.expect_err("a failure")
}

/// Sends a conversation that goes on from a reply, and gives back its messages.
async fn sent_after(reply: &LlmResponse, more: impl IntoIterator<Item = Message>) -> Value {
    let rig = answered([message(json!([{"type": "text", "text": "ok"}]), "end_turn")]).await;
    let mut request = question().with_message(Message::from(reply));
    for message in more {
        request = request.with_message(message);
    }
    rig.ask(&request).await.expect("a reply");
    rig.sent(0)["messages"].clone()
}

fn error_event(kind: &str) -> Vec<Value> {
    vec![json!({"type": "error", "error": {"type": kind, "message": "Not now"}})]
}

#[tokio::test]
async fn d1_an_error_event_under_status_200_is_classed_by_its_own_type() {
    for (kind, class) in [
        ("overloaded_error", ErrorKind::Server),
        ("rate_limit_error", ErrorKind::RateLimited),
        ("authentication_error", ErrorKind::Rejected),
        ("invalid_request_error", ErrorKind::Rejected),
    ] {
        let error = stream_fails(all([text(0, &["Half"]), error_event(kind)])).await;
        assert_eq!(error.kind(), class, "{kind}: {error}");
        assert_eq!(error.partial().map(|partial| partial.content.as_str()), Some("Half"));
        let whole = json!({"type": "error", "error": {"type": kind, "message": "Not now"}});
        let rig = answered([answer(200, &whole)]).await;
        let error = rig.ask(&question()).await.expect_err("an error");
        assert_eq!(error.kind(), class, "{kind}: {error}");
    }
}

#[tokio::test]
async fn d2_the_end_of_the_bytes_without_a_stop_reason_is_a_cut() {
    let error = stream_fails(all([text(0, &["All of it, it seems."])])).await;
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    let partial = error.partial().expect("what came");
    assert_eq!(partial.content, "All of it, it seems.");
}

#[tokio::test]
async fn d3_a_stop_reason_completes_the_reply_whatever_becomes_of_message_stop() {
    let delta = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}});
    let whole = all([text(0, &["Done."]), vec![delta]]);
    let broken = [whole.as_slice(), b"event: message_stop\ndata: {\"type\":\"m"].concat();
    // The length that the answer names covers all of it.
    let length = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.find("\r\n\r\n").map_or(0, |head| bytes.len() - head - 4)
    };
    let named = format!("content-length: {}", length(&whole));
    let broken = String::from_utf8_lossy(&broken)
        .replace(&named, &format!("content-length: {}", length(&broken)))
        .into_bytes();
    for stream in [whole, broken] {
        let rig = answered([stream]).await;
        let reply = rig.streamed(&question()).await.expect("a reply");
        assert_eq!(
            (reply.content.as_str(), reply.finish_reason),
            ("Done.", Some(FinishReason::Stop))
        );
    }
}

#[tokio::test]
async fn d4_empty_pieces_of_input_alone_are_no_arguments() {
    for pieces in [&[""][..], &["", ""], &[]] {
        let reply = streamed([call(0, pieces), ended("tool_use")]).await;
        assert_eq!(reply.tool_calls, [ToolCall::new("toolu_0", "tide", "{}")]);
        assert!(reply.tool_calls[0].arguments.is_valid());
    }
}

#[tokio::test]
async fn d5_a_call_that_the_limit_cut_is_there_and_invalid() {
    for (pieces, arguments) in
        [(&["{\"port\":\"Ber"][..], "{\"port\":\"Ber"), (&[""], ""), (&[], "")]
    {
        let reply =
            streamed([text(0, &["I look."]), open_call(1, pieces), ended("max_tokens")]).await;
        assert!(reply.was_truncated());
        let call = &reply.tool_calls[0];
        assert_eq!((call.name.as_str(), call.arguments.as_str()), ("tide", arguments));
        assert!(!call.arguments.is_valid(), "{pieces:?}");
    }
}

#[tokio::test]
async fn d6_arguments_that_are_no_json_go_back_wrapped() {
    let reply = streamed([call(0, &["{\"port\": Bergen", "}"]), ended("tool_use")]).await;
    assert!(!reply.tool_calls[0].arguments.is_valid());
    let sent = sent_after(&reply, [Message::tool_error("toolu_0", "no JSON")]).await;
    assert_eq!(sent[1]["content"][0]["input"], json!({"invalid_json": "{\"port\": Bergen}"}));
    assert_eq!(sent[2]["content"][0]["is_error"], true);
    // The same of a turn that another protocol wrote.
    let foreign = Message::assistant("").with_tool_calls([ToolCall::new("c", "tide", "[1")]);
    let rig = answered([message(json!([]), "end_turn")]).await;
    let request = question().with_message(foreign).with_message(Message::tool("c", "?"));
    rig.ask(&request).await.expect("a reply");
    assert_eq!(
        rig.sent(0)["messages"].clone()[1]["content"][0]["input"],
        json!({"invalid_json": "[1"})
    );
}

#[tokio::test]
async fn d7_all_results_of_a_turn_stand_in_one_message_before_the_users_words() {
    let reply = streamed([call(0, &["{}"]), call(1, &["{}"]), ended("tool_use")]).await;
    let more = [
        Message::tool("toolu_0", "14:20"),
        Message::user("Be quick."),
        Message::tool("toolu_1", "15:10"),
    ];
    let sent = sent_after(&reply, more).await;
    assert_eq!(sent.as_array().map(Vec::len), Some(3), "{sent}");
    let expected = json!([
        {"type": "tool_result", "tool_use_id": "toolu_0", "content": "14:20"},
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": "15:10"},
        {"type": "text", "text": "Be quick."},
    ]);
    assert_eq!(sent[2], json!({"role": "user", "content": expected}));
}

#[tokio::test]
async fn d8_blank_text_blocks_are_kept_as_content_and_not_sent_back() {
    let thinking = json!({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"});
    let blocks =
        json!([{"type": "text", "text": "\n\n"}, thinking, {"type": "text", "text": "Ebb."}]);
    let rig = answered([message(blocks, "end_turn")]).await;
    let reply = rig.ask(&question()).await.expect("a reply");
    assert_eq!(reply.content, "\n\nEbb.");
    let sent = sent_after(&reply, [Message::user(" \n"), Message::user("And now?")]).await;
    assert_eq!(sent[1]["content"], json!([thinking, {"type": "text", "text": "Ebb."}]));
    assert_eq!(sent[2]["content"], json!([{"type": "text", "text": "And now?"}]));
}

#[tokio::test]
async fn d9_thinking_goes_back_byte_for_byte_and_in_order_also_without_a_text() {
    let signature = "RkFLRS\\/zaWc=\\u00e9";
    let events = [
        vec![
            open(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
            delta(0, json!({"type": "signature_delta", "signature": signature})),
            close(0),
            open(1, json!({"type": "thinking", "thinking": "", "signature": ""})),
            delta(1, json!({"type": "thinking_delta", "thinking": "One\n"})),
            delta(1, json!({"type": "thinking_delta", "thinking": "two."})),
            delta(1, json!({"type": "signature_delta", "signature": "old"})),
            delta(1, json!({"type": "signature_delta", "signature": "new"})),
            close(1),
        ],
        call(2, &["{}"]),
        ended("tool_use"),
    ];
    let reply = streamed(events).await;
    assert_eq!(reply.reasoning.as_deref(), Some("One\ntwo."));
    let sent = sent_after(&reply, [Message::tool("toolu_2", "14:20")]).await;
    let expected = json!([
        {"type": "thinking", "thinking": "", "signature": signature},
        {"type": "thinking", "thinking": "One\ntwo.", "signature": "new"},
        {"type": "tool_use", "id": "toolu_2", "name": "tide", "input": {}},
    ]);
    assert_eq!(sent[1]["content"], expected);
}

#[tokio::test]
async fn d10_redacted_thinking_of_a_stream_goes_back() {
    let block = json!({"type": "redacted_thinking", "data": "RkFLRS1kYXRh"});
    let events = [vec![open(0, block.clone()), close(0)], text(1, &["Ebb."]), ended("end_turn")];
    let reply = streamed(events).await;
    assert_eq!((reply.content.as_str(), reply.reasoning.as_deref()), ("Ebb.", None));
    let sent = sent_after(&reply, [Message::user("And now?")]).await;
    assert_eq!(sent[1]["content"], json!([block, {"type": "text", "text": "Ebb."}]));
}

#[tokio::test]
async fn d12_a_paused_turn_is_told_apart_and_goes_back_as_it_is() {
    let blocks = json!([
        {"type": "text", "text": "I search."},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "tide"}},
    ]);
    let rig = answered([message(blocks.clone(), "pause_turn")]).await;
    let reply = rig.ask(&question()).await.expect("a reply");
    assert_eq!(reply.finish_reason, Some(FinishReason::Paused));
    assert!(!reply.has_tool_calls());
    let sent = sent_after(&reply, []).await;
    assert_eq!(sent[1], json!({"role": "assistant", "content": blocks}));
    assert_eq!(sent.as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn d13_counts_are_replaced_and_never_added() {
    let begin = json!({"type": "message_start", "message": {"id": "msg_1", "usage": {"input_tokens": 43, "output_tokens": 1}}});
    let usage = json!({"input_tokens": 61, "cache_read_input_tokens": 100, "output_tokens": 7});
    let finish =
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage});
    let stream = [vec![begin], text(0, &["Ebb."]), vec![finish.clone(), finish]].concat();
    let rig = answered([events(stream)]).await;
    let usage = rig.streamed(&question()).await.expect("a reply").usage;
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(161), Some(7)));
    assert_eq!(usage.cached_input_tokens, Some(100));
}

#[tokio::test]
async fn d14_the_same_beginning_again_is_passed_over_and_another_is_an_error() {
    let again = streamed([text(0, &["Ebb"]), vec![start()], text(1, &["."]), ended("end_turn")]);
    assert_eq!(again.await.content, "Ebb.");
    let mut other = start();
    other["message"]["id"] = "msg_2".into();
    let error = stream_fails(all([text(0, &["Ebb"]), vec![other], text(0, &["Flood"])])).await;
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(error.partial().map(|partial| partial.content.as_str()), Some("Ebb"));
}

#[tokio::test]
async fn d15_the_thinking_that_was_asked_for_is_sent_and_an_empty_one_is_no_reasoning() {
    for (budget, thinking) in [
        (ReasoningBudget::Off, json!({"type": "disabled"})),
        (ReasoningBudget::Adaptive, json!({"type": "adaptive"})),
        (ReasoningBudget::Tokens(1_024), json!({"type": "enabled", "budget_tokens": 1_024})),
    ] {
        let blocks = json!([{"type": "thinking", "thinking": "", "signature": "c2ln"}, {"type": "text", "text": "Ebb."}]);
        let rig = answered([message(blocks, "end_turn")]).await;
        let request = question().with_reasoning_budget(budget);
        let reply = rig.ask(&request).await.expect("a reply");
        assert_eq!((reply.content.as_str(), reply.reasoning), ("Ebb.", None));
        assert_eq!(rig.sent(0)["thinking"], thinking);
    }
}

#[tokio::test]
async fn d16_a_refusal_is_a_reply_that_a_filter_ended() {
    let details = json!({"type": "refusal", "category": "cyber", "explanation": "Not this."});
    let body = json!({"type": "message", "content": [], "stop_reason": "refusal", "stop_details": details});
    let rig = answered([answer(200, &body)]).await;
    let whole = rig.ask(&question()).await.expect("a reply");
    let end = json!({"type": "message_delta", "delta": {"stop_reason": "refusal", "stop_details": details}});
    let rig = answered([all([text(0, &["To begin, "]), vec![end]])]).await;
    let seen = rig.stream(&question()).await.expect("a reply");
    assert!(seen.contains(&StreamEvent::Refusal("Not this.".to_owned())));
    let Some(StreamEvent::Done(streamed)) = seen.last() else { panic!("no end") };
    for (reply, content) in [(&whole, ""), (&**streamed, "To begin, ")] {
        assert_eq!(reply.finish_reason, Some(FinishReason::ContentFilter));
        assert_eq!(reply.finish_reason_raw(), Some("refusal"));
        assert_eq!(
            (reply.content.as_str(), reply.refusal.as_deref()),
            (content, Some("Not this."))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn d17_a_whole_reply_that_takes_too_long_advises_a_stream_and_is_one_request() {
    let silent = Connection::new().read_request().stall();
    let server = RawServer::start(RawScript::every_connection(silent)).await;
    let provider = ek_http::Provider::anthropic("claude-sonnet-5")
        .base_url(server.uri())
        .api_key(KEY)
        .timeout(Duration::from_secs(600))
        .build()
        .expect("sound");
    let request = question().with_max_tokens(128_000);
    let error = ek_core::LlmProvider::complete(&provider, &request).await.expect_err("a timeout");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("stream"), "{error}");
    assert_eq!(server.request_count(), 1);
}

#[tokio::test]
async fn d18_a_full_context_is_a_length_stop_and_names_urls_and_ids_are_what_the_api_takes() {
    let rig = answered([message(
        json!([{"type": "text", "text": "Ebb"}]),
        "model_context_window_exceeded",
    )])
    .await;
    let reply = rig.ask(&question()).await.expect("a reply");
    assert!(reply.was_truncated());
    assert_eq!(reply.finish_reason_raw(), Some("model_context_window_exceeded"));

    for base in ["", "/", "/v1", "/v1/", "/v1/messages"] {
        let answers = [message(json!([]), "end_turn")];
        let rig = answered_with(answers, |settings| settings).await;
        let provider =
            ek_http::Provider::anthropic("m").base_url(format!("{}{base}", rig.server.uri()));
        let provider = provider.api_key(KEY).build().expect("sound");
        in_time(ek_core::LlmProvider::complete(&provider, &question())).await.expect("a reply");
        assert_eq!(rig.server.requests()[0].path(), "/v1/messages", "{base}");
    }

    let rig = answered([message(json!([]), "end_turn")]).await;
    let tool = ToolSpec::custom("tide.tables", "Tides");
    let request = ChatRequest::user("?").with_tools([tool]);
    let error = rig.ask(&request).await.expect_err("a bad name");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("tide.tables"), "{error}");
    assert_eq!(rig.server.request_count(), 0);
    let call = ToolCall::new("functions.tide:0", "functions.tide", "{}");
    let request = question()
        .with_message(Message::assistant("").with_tool_calls([call]))
        .with_message(Message::tool("functions.tide:0", "14:20"));
    rig.ask(&request).await.expect("a reply");
    let sent = rig.sent(0)["messages"].clone();
    assert_eq!(sent[1]["content"][0]["id"], "functions_tide_0");
    assert_eq!(sent[1]["content"][0]["name"], "functions_tide");
    assert_eq!(sent[2]["content"][0]["tool_use_id"], "functions_tide_0");
}
