//! OpenAI's Responses API over real sockets: what is sent, what comes back, and what clients got wrong.

mod deviations;
mod endpoints;
mod requests;

use ek_core::{ChatRequest, LlmResponse, Message};
use ek_http::{Provider, ProviderBuilder};
use ek_mock::wire::response;
use serde_json::{Value, json};

use crate::support::JSON;
use crate::support::native::Rig;

/// A provider in front of a server that gives these answers, one after the other.
pub(crate) async fn answered(answers: impl IntoIterator<Item = Vec<u8>>) -> Rig {
    answered_at("", answers, |settings| settings).await
}

/// The same with this path behind the server's address, and these settings.
pub(crate) async fn answered_at(
    path: &str,
    answers: impl IntoIterator<Item = Vec<u8>>,
    change: impl FnOnce(ProviderBuilder) -> ProviderBuilder,
) -> Rig {
    let at = |settings: ProviderBuilder, url: &str| settings.base_url(format!("{url}{path}"));
    let settings = Provider::openai_responses("gpt-5.6");
    Rig::with(settings, answers, |settings, url| change(at(settings, url))).await
}

/// The body that is sent for a request.
pub(crate) async fn sent_for(request: &ChatRequest) -> Value {
    let rig = answered([answer(200, &whole(&json!([message("ok")])))]).await;
    rig.ask(request).await.expect("a reply");
    rig.sent(0)
}

/// The items that go back of a reply, behind the question.
pub(crate) async fn sent_after(reply: &LlmResponse, more: Option<Message>) -> Vec<Value> {
    let mut request = question().with_message(Message::from(reply));
    if let Some(more) = more {
        request = request.with_message(more);
    }
    let sent = sent_for(&request).await;
    sent["input"].as_array().expect("items")[1..].to_vec()
}

pub(crate) fn question() -> ChatRequest {
    ChatRequest::user("When is high tide?")
}

/// A whole response with these items.
pub(crate) fn whole(output: &Value) -> Value {
    json!({
        "id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5.6",
        "error": null, "incomplete_details": null, "output": output, "store": true,
        "usage": {"input_tokens": 21, "output_tokens": 9, "total_tokens": 30},
    })
}

/// The same with some other values.
pub(crate) fn with(mut response: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("{changes} is no object") };
    for (key, value) in changes {
        response[key] = value;
    }
    response
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
    let lines = events.into_iter().map(|event| {
        let kind = event["type"].as_str().unwrap_or_default().to_owned();
        format!("event: {kind}\ndata: {event}\n\n")
    });
    lines.collect()
}

pub(crate) fn message(text: &str) -> Value {
    json!({"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
        "content": [{"type": "output_text", "annotations": [], "text": text}]})
}

pub(crate) fn reasoning(number: usize) -> Value {
    json!({"type": "reasoning", "id": format!("rs_{number}"), "summary": [],
        "encrypted_content": format!("gAAA{number}==")})
}

pub(crate) fn call(number: usize, arguments: &str) -> Value {
    json!({"type": "function_call", "id": format!("fc_{number}"), "status": "completed",
        "call_id": format!("call_{number}"), "name": "tide", "arguments": arguments})
}

pub(crate) fn added(index: usize, item: &Value) -> Value {
    json!({"type": "response.output_item.added", "output_index": index, "item": item})
}

pub(crate) fn done(index: usize, item: &Value) -> Value {
    json!({"type": "response.output_item.done", "output_index": index, "item": item})
}

pub(crate) fn text(index: usize, delta: &str) -> Value {
    json!({"type": "response.output_text.delta", "item_id": "msg_1", "output_index": index,
        "content_index": 0, "delta": delta})
}

pub(crate) fn arguments(index: usize, delta: &str) -> Value {
    json!({"type": "response.function_call_arguments.delta", "item_id": "fc_1",
        "output_index": index, "delta": delta})
}

pub(crate) fn end(word: &str, response: &Value) -> Value {
    json!({"type": format!("response.{word}"), "response": response})
}
