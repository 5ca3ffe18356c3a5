//! Anthropic's Messages API over real sockets: what is sent, what comes back, and what clients got wrong.
#![allow(clippy::needless_pass_by_value, reason = "bodies are made in the call")]

mod block_order;
mod deviations;
mod questions;
mod requests;
mod thinking;

use ek_core::ChatRequest;
use ek_http::{Provider, ProviderBuilder};
use ek_mock::wire::response;
use serde_json::{Value, json};

use crate::support::JSON;
use crate::support::native::Rig;

/// A provider in front of a server that gives these answers, one after the other.
pub(crate) async fn answered(answers: impl IntoIterator<Item = Vec<u8>>) -> Rig {
    answered_with(answers, |settings| settings).await
}

/// The same with these settings.
pub(crate) async fn answered_with(
    answers: impl IntoIterator<Item = Vec<u8>>,
    change: impl FnOnce(ProviderBuilder) -> ProviderBuilder,
) -> Rig {
    Rig::with(Provider::anthropic("claude-sonnet-5"), answers, |settings, _| change(settings)).await
}

pub(crate) fn question() -> ChatRequest {
    ChatRequest::user("When is high tide?")
}

/// A whole reply with these blocks.
pub(crate) fn message(content: Value, stop_reason: &str) -> Vec<u8> {
    let body = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5",
        "content": content, "stop_reason": stop_reason, "stop_sequence": null,
        "usage": {"input_tokens": 21, "output_tokens": 9},
    });
    answer(200, &body)
}

pub(crate) fn answer(status: u16, body: &Value) -> Vec<u8> {
    response(status, &[JSON], body.to_string())
}

/// A stream of these events.
pub(crate) fn events(events: impl IntoIterator<Item = Value>) -> Vec<u8> {
    response(200, &[("content-type", "text/event-stream")], frames(events))
}

/// The same without the head of the answer.
pub(crate) fn frames(events: impl IntoIterator<Item = Value>) -> String {
    let line = |event: Value| {
        let kind = event["type"].as_str().unwrap_or_default();
        format!("event: {kind}\ndata: {event}\n\n")
    };
    events.into_iter().map(line).collect()
}

pub(crate) fn start() -> Value {
    json!({"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5",
        "content": [], "stop_reason": null, "usage": {"input_tokens": 21, "output_tokens": 1},
    }})
}

pub(crate) fn open(index: usize, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

pub(crate) fn delta(index: usize, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

pub(crate) fn close(index: usize) -> Value {
    json!({"type": "content_block_stop", "index": index})
}

pub(crate) fn end(stop_reason: &str) -> [Value; 2] {
    let delta = json!({"stop_reason": stop_reason, "stop_sequence": null});
    [
        json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 9}}),
        json!({"type": "message_stop"}),
    ]
}

/// A text block in pieces.
pub(crate) fn text(index: usize, pieces: &[&str]) -> Vec<Value> {
    let mut events = vec![open(index, json!({"type": "text", "text": ""}))];
    events.extend(
        pieces.iter().map(|piece| delta(index, json!({"type": "text_delta", "text": piece}))),
    );
    events.push(close(index));
    events
}

/// A call whose input comes in pieces; without its end.
pub(crate) fn open_call(index: usize, pieces: &[&str]) -> Vec<Value> {
    let block =
        json!({"type": "tool_use", "id": format!("toolu_{index}"), "name": "tide", "input": {}});
    let mut events = vec![open(index, block)];
    events.extend(
        pieces
            .iter()
            .map(|piece| delta(index, json!({"type": "input_json_delta", "partial_json": piece}))),
    );
    events
}

/// The same with its end.
pub(crate) fn call(index: usize, pieces: &[&str]) -> Vec<Value> {
    let mut events = open_call(index, pieces);
    events.push(close(index));
    events
}
