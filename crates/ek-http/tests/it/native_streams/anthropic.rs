//! The wire texts of Anthropic's Messages API: `message_stop`, the stop reason of `message_delta`, `ping`
//! and the error event.

use ek_core::ErrorKind;
use ek_http::Provider;
use serde_json::{Value, json};

use super::{REPLY, Wire};
use crate::anthropic::{close, delta, end, frames, open, start};

pub(super) fn wire() -> Wire {
    let error = |kind: &'static str, class: ErrorKind| {
        let event = json!({"type": "error", "error": {"type": kind, "message": "Not now"}});
        (frames([event]), class, kind)
    };
    let [stop, mark] = end("end_turn");
    Wire {
        name: "anthropic",
        settings: Provider::anthropic("claude-sonnet-5"),
        opening: frames([start(), open(0, json!({"type": "text", "text": ""}))]),
        text: |piece| frames([delta(0, json!({"type": "text_delta", "text": piece}))]),
        quiet: "event: ping\ndata: {\"type\": \"ping\"}\n\n",
        padded: r#"{"type":"ping","pad":""}"#,
        closed: |_| frames([close(0)]),
        stop: frames([close(0), stop]),
        mark: frames([mark]),
        like_an_end: [
            "event: message_stop\ndata: {\"type\":\"ping\"}\n\n",
            "data: {\"type\":\"message_stopped\"}\n\n",
            "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":null}}\n\n",
            "data: [DONE]\n\n",
        ]
        .map(str::to_owned)
        .to_vec(),
        errors: vec![
            error("overloaded_error", ErrorKind::Server),
            error("rate_limit_error", ErrorKind::RateLimited),
            error("invalid_request_error", ErrorKind::Rejected),
        ],
        broken: [r#"{"type":"content_block_delta","MARK":"#, "MARK", r#"{"type":"MARK}"#],
        indexed: |index| (indexed(index), "one two"),
        reply: json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5",
            "content": [{"type": "text", "text": REPLY}], "stop_reason": "end_turn",
            "usage": {"input_tokens": 21, "output_tokens": 9},
        }),
        error: json!({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}),
    }
}

fn indexed(index: &Value) -> String {
    let events = [
        open(0, json!({"type": "text", "text": ""})),
        delta(0, json!({"type": "text_delta", "text": "one"})),
        delta(0, json!({"type": "text_delta", "text": " two"})),
    ];
    let at = |mut event: Value| {
        event["index"] = index.clone();
        event
    };
    frames([start()].into_iter().chain(events.map(at)))
}
