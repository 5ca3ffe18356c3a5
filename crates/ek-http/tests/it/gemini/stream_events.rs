//! The events of a stream, in their order.

use ek_core::{ChatRequest, ErrorKind, StreamEvent};
use serde_json::json;

use super::deviations::{call, chunk, last, stream_fails};
use super::{events, rig, stream_of};

#[tokio::test]
async fn the_events_of_a_stream_show_pieces_as_they_come() {
    let chunks = [
        chunk(json!([{"text": "Hm.", "thought": true}])),
        chunk(json!([{"text": "At nine."}])),
        last(json!([call(json!({"port": "Oslo"}))])),
    ];
    let rig = rig([events(&chunks)]).await;
    let events = rig.stream(&ChatRequest::user("x")).await.expect("a stream");
    let shown = |event: &StreamEvent| match event {
        StreamEvent::Reasoning(text) => format!("reasoning {text}"),
        StreamEvent::Text(text) => format!("text {text}"),
        StreamEvent::ToolCallDelta(delta) => format!("{:?} {}", delta.name, delta.arguments),
        StreamEvent::ToolCall(call) => format!("call {}", call.name),
        StreamEvent::Usage(_) => "usage".to_owned(),
        StreamEvent::Done(_) => "done".to_owned(),
        other => format!("{other:?}"),
    };
    let shown: Vec<String> = events.iter().map(shown).collect();
    let expected = [
        "reasoning Hm.",
        "text At nine.",
        "Some(\"tide\") ",
        "None {\"port\":\"Oslo\"}",
        "call tide",
        "usage",
        "done",
    ];
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn an_event_that_breaks_off_is_unreadable_whatever_normal_event_follows() {
    let body =
        format!("data: {{\"candidates\":[{{\"con\n\ndata: {}\n\n", chunk(json!([{"text": "Hm."}])));
    let error = stream_fails(stream_of(&body)).await;
    assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
}
