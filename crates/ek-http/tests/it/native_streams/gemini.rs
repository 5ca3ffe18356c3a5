//! The wire texts of Google's Gemini API: a finish reason makes the reply whole, and the end of the body
//! is its end.

use ek_core::ErrorKind;
use ek_http::Provider;
use serde_json::{Value, json};

use super::{REPLY, Wire};
use crate::gemini::{MODEL, candidate, lines};

pub(super) fn wire() -> Wire {
    let error = |code: u16, status: &'static str, class: ErrorKind| {
        let error = json!({"code": code, "message": "Not now", "status": status});
        (lines([&json!({"error": error})]), class, status)
    };
    let usage = json!({"promptTokenCount": 21, "candidatesTokenCount": 9, "totalTokenCount": 30});
    let stop = json!({"candidates": [{"finishReason": "STOP"}], "usageMetadata": usage});
    let reply = json!({
        "candidates": [{"content": {"parts": [{"text": REPLY}]}, "finishReason": "STOP"}],
        "usageMetadata": usage,
    });
    Wire {
        name: "gemini",
        settings: Provider::gemini(MODEL),
        opening: String::new(),
        text: |piece| lines([&candidate(&json!([{"text": piece}]), None)]),
        quiet: "data: {\"usageMetadata\": {\"trafficType\": \"ON_DEMAND\"}}\r\n\r\n",
        padded: r#"{"modelVersion":"m","pad":""}"#,
        closed: |_| lines([&candidate(&json!([]), None)]),
        stop: lines([&stop]),
        mark: String::new(),
        like_an_end: [
            "event: done\ndata: {\"candidates\":[]}\n\n",
            "data: {\"candidates\":[{\"finishReason\":null}]}\n\n",
            "data: {\"candidates\":[{\"finishReason\":\"FINISH_REASON_UNSPECIFIED\"}]}\n\n",
            "data: {\"candidates\":[{\"finishReason\":\"STOP\",\"index\":1}]}\n\n",
            "data: {\"promptFeedback\":{\"safetyRatings\":[]}}\n\n",
            "data: [DONE]\n\n",
        ]
        .map(str::to_owned)
        .to_vec(),
        errors: vec![
            error(503, "UNAVAILABLE", ErrorKind::Server),
            error(429, "RESOURCE_EXHAUSTED", ErrorKind::RateLimited),
            error(400, "INVALID_ARGUMENT", ErrorKind::Rejected),
        ],
        broken: [r#"{"candidates":[{"MARK":"#, "MARK", r#"{"MARK}"#],
        indexed,
        reply,
        error: json!({"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}),
    }
}

/// Another candidate is another answer.
fn indexed(index: &Value) -> (String, &'static str) {
    let piece = |text: &str| {
        let mut chunk = candidate(&json!([{"text": text}]), None);
        chunk["candidates"][0]["index"] = index.clone();
        chunk
    };
    let is_another = index.as_u64().is_some() || *index == json!("7");
    (lines([&piece("one"), &piece(" two")]), if is_another { "" } else { "one two" })
}
