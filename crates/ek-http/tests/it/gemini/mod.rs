//! Google's Gemini API over real sockets: what is sent, what comes back, and what clients got wrong.

mod deviations;
mod other_models;
mod questions;
mod quotas;
mod requests;
mod stream_events;
mod targets;

use ek_core::{ChatRequest, LlmResponse, Message};
use ek_http::Provider;
use ek_mock::wire::response;
use serde_json::{Value, json};

use crate::support::JSON;
use crate::support::native::Rig;

pub(crate) const MODEL: &str = "gemini-3-flash";

async fn rig(answers: impl IntoIterator<Item = Vec<u8>>) -> Rig {
    Rig::with(Provider::gemini(MODEL), answers, |settings, _| settings).await
}

fn question() -> ChatRequest {
    ChatRequest::user("When is high tide?")
}

fn answer(status: u16, body: &Value) -> Vec<u8> {
    response(status, &[JSON], body.to_string())
}

/// An answer with these parts.
pub(crate) fn candidate(parts: &Value, finish: Option<&str>) -> Value {
    let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
    if let Some(word) = finish {
        candidate["finishReason"] = word.into();
    }
    json!({
        "candidates": [candidate], "modelVersion": MODEL, "responseId": "r1",
        "usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 7, "totalTokenCount": 19},
    })
}

/// A whole reply with these parts.
fn whole(parts: &Value, finish: &str) -> Vec<u8> {
    answer(200, &candidate(parts, Some(finish)))
}

/// A stream of these chunks.
fn events<'a>(chunks: impl IntoIterator<Item = &'a Value>) -> Vec<u8> {
    stream_of(&lines(chunks))
}

/// The same without the head of the answer.
pub(crate) fn lines<'a>(chunks: impl IntoIterator<Item = &'a Value>) -> String {
    chunks.into_iter().map(|chunk| format!("data: {chunk}\r\n\r\n")).collect()
}

fn stream_of(body: &str) -> Vec<u8> {
    response(200, &[("content-type", "text/event-stream")], body)
}

/// The reply to a whole answer.
async fn reply(body: &Value) -> LlmResponse {
    rig([answer(200, body)]).await.ask(&question()).await.expect("a reply")
}

/// The reply to a stream of these chunks.
async fn streamed(chunks: &[Value]) -> LlmResponse {
    rig([events(chunks)]).await.streamed(&question()).await.expect("a reply")
}

/// The body of this request.
async fn sent(request: &ChatRequest) -> Value {
    let rig = rig([whole(&json!([{"text": "ok"}]), "STOP")]).await;
    rig.ask(request).await.expect("a reply");
    rig.sent(0)
}

/// The contents of a conversation that goes on from a reply.
async fn sent_after(reply: &LlmResponse, more: impl IntoIterator<Item = Message>) -> Value {
    let mut request = question().with_message(Message::from(reply));
    for message in more {
        request = request.with_message(message);
    }
    sent(&request).await["contents"].clone()
}
