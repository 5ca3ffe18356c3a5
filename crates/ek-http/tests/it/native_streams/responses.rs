//! The wire texts of OpenAI's Responses API: `response.completed`, `keepalive`, and the error event.

use ek_core::ErrorKind;
use ek_http::Provider;
use serde_json::{Value, json};

use super::{REPLY, Wire};
use crate::responses::{added, done, end, frames, message, text, whole, with};

pub(super) fn wire() -> Wire {
    let error = |code: &'static str, class: ErrorKind| {
        let event = json!({"type": "error", "error": {"code": code, "message": "Not now"}});
        (frames([event]), class, code)
    };
    let failed = json!({"code": "server_error", "message": "Not now"});
    let failed = with(whole(&json!([])), json!({"status": "failed", "error": failed}));
    // Without the items, so that those of the events count.
    let last = whole(&Value::Null);
    let opened = with(message(""), json!({"content": [], "status": "in_progress"}));
    let created = with(whole(&json!([])), json!({"status": "in_progress", "usage": null}));
    Wire {
        name: "responses",
        settings: Provider::openai_responses("gpt-5.6"),
        opening: frames([
            json!({"type": "response.created", "response": created}),
            added(0, &opened),
        ]),
        text: |piece| frames([text(0, piece)]),
        quiet: "event: keepalive\ndata: {\"type\":\"keepalive\",\"sequence_number\":3}\n\n",
        padded: r#"{"type":"keepalive","pad":""}"#,
        closed: |said| frames([done(0, &message(said))]),
        stop: String::new(),
        mark: frames([end("completed", &last)]),
        like_an_end: [
            "event: response.completed\ndata: {\"type\":\"response.in_progress\"}\n\n",
            "data: {\"type\":\"response.completed.late\"}\n\n",
            "data: {\"type\":\"response.in_progress\",\"response\":{\"status\":\"completed\"}}\n\n",
            "data: {\"type\":\"response.output_text.done\",\"output_index\":0,\"content_index\":7}\n\n",
            "data: [DONE]\n\n",
        ]
        .map(str::to_owned)
        .to_vec(),
        errors: vec![
            error("server_error", ErrorKind::Server),
            error("rate_limit_exceeded", ErrorKind::RateLimited),
            error("invalid_prompt", ErrorKind::Rejected),
            (frames([end("failed", &failed)]), ErrorKind::Server, "server_error"),
        ],
        broken: [r#"{"type":"response.output_text.delta","MARK":"#, "MARK", r#"{"type":"MARK}"#],
        indexed: |index| (indexed(index), "one two"),
        reply: whole(&json!([message(REPLY)])),
        error: json!({"error": {"type": "server_error", "message": "busy"}}),
    }
}

fn indexed(index: &Value) -> String {
    let opened = with(message(""), json!({"content": []}));
    let at = |mut event: Value| {
        event["output_index"] = index.clone();
        if event.get("content_index").is_some() {
            event["content_index"] = index.clone();
        }
        event
    };
    frames([added(0, &opened), text(0, "one"), text(0, " two")].map(at))
}
