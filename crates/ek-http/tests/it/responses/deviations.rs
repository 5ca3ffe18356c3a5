//! What clients of this API got wrong, one test for each report; the numbers are those of the project's
//! list.

use std::time::Duration;

use ek_core::{ErrorKind, FinishReason, LlmResponse, Message, StreamEvent, StreamingProvider as _};
use serde_json::{Value, json};

use super::{
    added, answer, answered, arguments, call, done, end, events, message, question, reasoning,
    sent_after, sent_for, text, whole, with,
};
use crate::support::in_time;
use ek_mock::wire::response;

async fn streamed(parts: impl IntoIterator<Item = Value>) -> LlmResponse {
    let rig = answered([events(parts)]).await;
    rig.streamed(&question()).await.expect("a reply")
}

async fn stream_fails(parts: impl IntoIterator<Item = Value>) -> ek_core::Error {
    let rig = answered([events(parts)]).await;
    rig.streamed(&question()).await.expect_err("a failure")
}

async fn asked(output: Value) -> LlmResponse {
    let rig = answered([answer(200, &whole(&output))]).await;
    rig.ask(&question()).await.expect("a reply")
}

fn failed(code: &str, said: &str) -> Value {
    let error = json!({"code": code, "message": said});
    end("failed", &with(whole(&json!([])), json!({"status": "failed", "error": error})))
}

#[tokio::test]
async fn d1_an_error_flat_or_nested_and_the_failure_behind_it_are_one_error() {
    let said = json!({"code": "rate_limit_exceeded", "message": "Slow down; try again in 400ms."});
    let flat = with(said.clone(), json!({"type": "error", "param": null}));
    let nested = json!({"type": "error", "error": said});
    for first in [flat, nested] {
        let stream = [text(0, "Half"), first, failed("rate_limit_exceeded", "Slow down")];
        let rig = answered([events(stream)]).await;
        let mut stream = in_time(rig.provider.stream(&question())).await.expect("a stream");
        let mut errors = Vec::new();
        while let Some(event) = in_time(stream.next()).await {
            errors.extend(event.err());
        }
        let [error] = &errors[..] else { panic!("{errors:?}") };
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_millis(400)));
        assert_eq!(error.partial().map(|partial| partial.content.as_str()), Some("Half"));
    }
}

#[tokio::test]
async fn d2_a_response_that_failed_is_an_error_of_its_own_class_streamed_or_not() {
    for (code, kind) in [
        ("server_error", ErrorKind::Server),
        ("rate_limit_exceeded", ErrorKind::RateLimited),
        ("insufficient_quota", ErrorKind::QuotaExhausted),
        ("invalid_prompt", ErrorKind::Rejected),
        ("invalid_image_url", ErrorKind::Rejected),
    ] {
        let error = stream_fails([failed(code, "Not now")]).await;
        assert_eq!(error.kind(), kind, "{code}: {error}");
        let body = failed(code, "Not now")["response"].take();
        let rig = answered([answer(200, &body)]).await;
        let error = rig.ask(&question()).await.expect_err("a failure");
        assert_eq!(error.kind(), kind, "{code}: {error}");
    }
    let unsaid = with(whole(&json!([])), json!({"status": "failed"}));
    let error = stream_fails([end("failed", &unsaid)]).await;
    assert!(error.to_string().contains("the response failed"), "{error}");
}

#[tokio::test]
async fn d3_an_incomplete_response_is_a_reply_with_its_reason_and_its_usage() {
    for (reason, finish) in [
        (json!({"reason": "max_output_tokens"}), FinishReason::Length),
        (json!({"reason": "content_filter"}), FinishReason::ContentFilter),
        (json!({"reason": "max_messages"}), FinishReason::Other("max_messages".into())),
        (json!(null), FinishReason::Other("incomplete".into())),
    ] {
        let changes = json!({"status": "incomplete", "incomplete_details": reason});
        let response = with(whole(&json!([message("The first step")])), changes);
        let reply = streamed([text(0, "The first step"), end("incomplete", &response)]).await;
        assert_eq!(reply.finish_reason, Some(finish));
        assert_eq!(reply.usage.output_tokens, Some(9));
    }
}

#[tokio::test]
async fn d4_the_end_of_the_bytes_without_a_terminal_event_is_a_cut() {
    let item = message("All of it, it seems.");
    let error = stream_fails([added(0, &item), text(0, "All of it, it seems."), done(0, &item)]);
    let error = error.await;
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(error.partial().expect("what came").content, "All of it, it seems.");
}

#[tokio::test]
async fn d5_reasoning_goes_back_with_the_item_that_follows_it_and_never_alone() {
    let reply = asked(json!([reasoning(1), call(1, "{}")])).await;
    let sent = sent_after(&reply, Some(Message::tool("call_1", "14:20"))).await;
    assert_eq!(sent[..2], [reasoning(1), call(1, "{}")]);
    let reply = asked(json!([message("a"), reasoning(1)])).await;
    assert_eq!(sent_after(&reply, None).await, [message("a")]);
    // Without its reasoning, a call goes back without the id that binds it to it.
    let reply = asked(json!([reasoning(1), call(1, "{}")])).await;
    let mut edited = Message::from(&reply);
    edited.content = Some("Edited.".into());
    let sent = sent_for(&question().with_message(edited)).await;
    let items = sent["input"].as_array().expect("items");
    assert!(items.iter().all(|item| item.get("id").is_none() && item["type"] != "reasoning"));
    assert_eq!(items.last().expect("the call")["call_id"], "call_1");
}

#[tokio::test]
async fn d6_what_was_not_stored_goes_back_without_ids_and_with_its_encrypted_reasoning() {
    let body = with(whole(&json!([reasoning(1), call(1, "{}")])), json!({"store": false}));
    let rig = answered([answer(200, &body)]).await;
    let reply = rig.ask(&question()).await.expect("a reply");
    let sent = sent_after(&reply, Some(Message::tool("call_1", "14:20"))).await;
    assert!(sent.iter().all(|item| item.get("id").is_none()), "{sent:?}");
    assert_eq!(sent[0]["encrypted_content"], "gAAA1==");
}

#[tokio::test]
async fn d7_encrypted_content_is_asked_for_where_the_caller_says_so_and_nowhere_else() {
    let sent = sent_for(&question().with_reasoning_effort("low")).await;
    let keys: Vec<&String> = sent.as_object().expect("an object").keys().collect();
    assert_eq!(keys.len(), 3, "{keys:?}");
    let include = json!(["reasoning.encrypted_content"]);
    let request = question().with_extra("store", false).with_extra("include", include.clone());
    let sent = sent_for(&request).await;
    assert_eq!((&sent["store"], &sent["include"]), (&json!(false), &include));
}

#[tokio::test]
async fn d8_replayed_reasoning_has_a_summary_even_an_empty_one() {
    let mut bare = reasoning(1);
    bare.as_object_mut().expect("an object").remove("summary");
    let reply = asked(json!([bare, message("a")])).await;
    assert_eq!(sent_after(&reply, None).await[0]["summary"], json!([]));
}

#[tokio::test]
async fn d9_encrypted_content_is_that_of_the_finished_item() {
    let draft = with(reasoning(1), json!({"encrypted_content": "draft"}));
    let stream = [added(0, &draft), done(0, &reasoning(1)), done(1, &message("a"))];
    let stream = stream.into_iter().chain([end("completed", &whole(&json!([])))]);
    let reply = streamed(stream).await;
    assert_eq!(sent_after(&reply, None).await[0]["encrypted_content"], "gAAA1==");
}

#[tokio::test]
async fn d10_results_pair_by_the_id_of_the_call_and_not_by_that_of_the_item() {
    let reply = asked(json!([call(1, "{}")])).await;
    assert_eq!(reply.tool_calls[0].id, "call_1");
    let sent = sent_after(&reply, Some(Message::tool("call_1", "14:20"))).await;
    assert_eq!((&sent[0]["id"], &sent[0]["call_id"]), (&json!("fc_1"), &json!("call_1")));
    let result = json!({"type": "function_call_output", "call_id": "call_1", "output": "14:20"});
    assert_eq!(sent[1], result);
}

#[tokio::test]
async fn d11_items_in_progress_may_lack_any_field() {
    let stream = [
        added(0, &json!({"type": "web_search_call", "id": "ws_1", "status": "in_progress"})),
        added(1, &json!({"type": "message"})),
        added(2, &json!({"type": "function_call", "status": "in_progress"})),
        text(1, "At nine."),
        end("completed", &whole(&json!([message("At nine.")]))),
    ];
    assert_eq!(streamed(stream).await.content, "At nine.");
}

#[tokio::test]
async fn d12_unknown_events_and_items_cost_neither_the_text_nor_the_usage() {
    let odd = json!({"type": "mood_report", "id": "md_1", "mood": ["calm"], "text": "no answer"});
    let output = json!([odd, message("At nine.")]);
    let stream = [
        json!({"type": "response.mood.delta", "delta": "x", "output_index": 0}),
        json!({"type": "keepalive"}),
        json!({}),
        added(0, &odd),
        text(1, "At nine."),
        json!({"type": "response.mood.done", "response": 7, "item": [], "output_index": {}}),
        end("completed", &whole(&output)),
    ];
    let reply = streamed(stream).await;
    assert_eq!((reply.content.as_str(), reply.usage.input_tokens), ("At nine.", Some(21)));
    assert_eq!(sent_after(&reply, None).await, *output.as_array().expect("items"));
}

#[tokio::test]
async fn d13_arguments_are_those_of_the_finished_item_whatever_their_deltas_lost() {
    let open = with(call(1, ""), json!({"status": "in_progress"}));
    let whole_text = r#"{"port":"Bergen"}"#;
    for deltas in [
        vec![added(0, &open), arguments(0, "{\"port\""), arguments(0, ":\"Be")],
        vec![arguments(0, "{\"port\":"), added(0, &open), arguments(0, "\"Bergen\"}")],
        vec![],
    ] {
        let ends = [done(0, &call(1, whole_text)), end("completed", &whole(&json!([])))];
        let rig = answered([events(deltas.into_iter().chain(ends))]).await;
        let events = rig.stream(&question()).await.expect("a stream");
        let shown: String = events
            .iter()
            .filter_map(|event| match event {
                StreamEvent::ToolCallDelta(delta) => Some(delta.arguments.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(shown, whole_text);
        let Some(StreamEvent::Done(reply)) = events.last() else { panic!("{events:?}") };
        assert_eq!(reply.tool_calls[0].arguments.as_str(), whole_text);
    }
}

#[tokio::test]
async fn d14_items_are_keyed_by_their_indices_since_ids_rotate() {
    let rotated = |number: usize, mut event: Value| {
        event["item_id"] = format!("capture-id-{number}").into();
        event
    };
    let named =
        |number: usize, item: Value| with(item, json!({"id": format!("capture-id-{number}")}));
    let stream = [
        end("created", &named(1, whole(&json!([])))),
        added(0, &named(2, message(""))),
        rotated(3, text(0, "At ")),
        rotated(4, text(0, "nine.")),
        done(0, &named(5, message("At nine."))),
        end("completed", &named(6, whole(&json!([named(7, message("At nine."))])))),
    ];
    let rig = answered([events(stream)]).await;
    let events = rig.stream(&question()).await.expect("a stream");
    let texts = events.iter().filter(|event| matches!(event, StreamEvent::Text(_))).count();
    assert_eq!(texts, 2);
    let Some(StreamEvent::Done(reply)) = events.last() else { panic!("{events:?}") };
    assert_eq!((reply.content.as_str(), reply.id.as_deref()), ("At nine.", Some("capture-id-6")));
}

#[tokio::test]
async fn d15_commentary_is_no_part_of_the_answer_and_goes_back_with_its_phase() {
    let commentary = with(message("I look it up."), json!({"phase": "commentary", "id": "msg_0"}));
    let answer = with(message("At nine."), json!({"phase": "final_answer"}));
    let output = json!([commentary, answer]);
    let stream = [
        added(0, &with(commentary.clone(), json!({"content": []}))),
        text(0, "I look it up."),
        done(0, &commentary),
        text(1, "At nine."),
        end("completed", &whole(&output)),
    ];
    let rig = answered([events(stream)]).await;
    let events = rig.stream(&question()).await.expect("a stream");
    let texts: Vec<&StreamEvent> =
        events.iter().filter(|event| matches!(event, StreamEvent::Text(_))).collect();
    assert_eq!(texts.len(), 1);
    let Some(StreamEvent::Done(reply)) = events.last() else { panic!("{events:?}") };
    assert_eq!(reply.content, "At nine.");
    assert_eq!(sent_after(reply, None).await, *output.as_array().expect("items"));
}

#[tokio::test]
async fn d16_a_null_output_padding_and_an_end_mark_are_no_trouble() {
    let nothing = with(whole(&json!(null)), json!({"status": "in_progress"}));
    let padded = with(text(0, "At nine."), json!({"obfuscation": "x7Kd02"}));
    let stream = [
        end("created", &nothing),
        padded,
        done(0, &message("At nine.")),
        end("completed", &whole(&json!(null))),
    ];
    let mut bytes = events(stream);
    bytes.extend_from_slice(b"data: [DONE]\n\n");
    let rig = answered([bytes]).await;
    assert_eq!(rig.streamed(&question()).await.expect("a reply").content, "At nine.");
    let mut bytes = events([text(0, "Half")]);
    bytes.extend_from_slice(b"data: [DONE]\n\n");
    let rig = answered([bytes]).await;
    let error = rig.streamed(&question()).await.expect_err("no terminal event");
    assert_eq!(error.kind(), ErrorKind::Interrupted);
}

#[tokio::test]
async fn d17_one_reasoning_of_parallel_calls_goes_back_once_and_free_text_as_it_is() {
    let free = json!({"type": "custom_tool_call", "id": "ct_1", "call_id": "call_2",
        "name": "sql", "input": "SELECT \"a\"\n"});
    let reply = asked(json!([reasoning(1), call(1, "{}"), reasoning(1), free])).await;
    assert!(reply.tool_calls[1].is_custom());
    assert_eq!(reply.tool_calls[1].arguments.as_str(), "SELECT \"a\"\n");
    let sent = sent_after(&reply, Some(Message::tool("call_2", "3 rows"))).await;
    assert_eq!(sent[..3], [reasoning(1), call(1, "{}"), free]);
    let result =
        json!({"type": "custom_tool_call_output", "call_id": "call_2", "output": "3 rows"});
    assert_eq!(sent[3], result);
}

/// Each event has a `type`, which is no error by itself.
#[tokio::test]
async fn an_event_that_breaks_off_is_unreadable_whatever_normal_event_follows() {
    let body = "data: {\"type\":\"response.output_text.delta\",\"del\n\n\
                data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\
                \"content_index\":0,\"delta\":\"At nine.\"}\n\n";
    let rig = answered([response(200, &[("content-type", "text/event-stream")], body)]).await;
    let error = rig.stream(&question()).await.expect_err("no reply");
    assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
}
