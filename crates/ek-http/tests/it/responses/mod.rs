//! OpenAI's Responses API over real sockets: what is sent, what comes back, and what clients got wrong.

mod deviations;
mod endpoints;
mod requests;

use ek_core::{
    ChatRequest, Error, LlmProvider as _, LlmResponse, Message, StreamEvent, StreamingProvider as _,
};
use ek_http::{Provider, ProviderBuilder};
use ek_mock::wire::{Connection, RawScript, RawServer, response};
use serde_json::{Value, json};

use crate::support::{JSON, KEY, in_time};

/// A server that gives these answers, one after the other, and a provider in front of it.
pub(crate) struct Rig {
    pub(crate) server: RawServer,
    pub(crate) provider: Provider,
}

impl Rig {
    pub(crate) async fn new(answers: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self::with(answers, "", |settings| settings).await
    }

    /// The same with this path behind the server's address, and these settings.
    pub(crate) async fn with(
        answers: impl IntoIterator<Item = Vec<u8>>,
        path: &str,
        change: impl FnOnce(ProviderBuilder) -> ProviderBuilder,
    ) -> Self {
        let connections =
            answers.into_iter().map(|answer| Connection::new().read_request().write(answer).fin());
        let server = RawServer::start(RawScript::in_order(connections)).await;
        let base_url = format!("{}{path}", server.uri());
        let settings = Provider::openai_responses("gpt-5.6").base_url(base_url).api_key(KEY);
        let provider = change(settings).build().expect("sound settings");
        Self { server, provider }
    }

    pub(crate) async fn ask(&self, request: &ChatRequest) -> Result<LlmResponse, Error> {
        in_time(self.provider.complete(request)).await
    }

    /// Every event of a stream.
    pub(crate) async fn stream(&self, request: &ChatRequest) -> Result<Vec<StreamEvent>, Error> {
        let mut stream = in_time(self.provider.stream(request)).await?;
        let mut events = Vec::new();
        while let Some(event) = in_time(stream.next()).await {
            events.push(event?);
        }
        Ok(events)
    }

    /// The reply of a stream.
    pub(crate) async fn streamed(&self, request: &ChatRequest) -> Result<LlmResponse, Error> {
        match self.stream(request).await?.pop() {
            Some(StreamEvent::Done(reply)) => Ok(*reply),
            other => panic!("{other:?} ends the stream"),
        }
    }

    /// The body of a request that was sent.
    pub(crate) fn sent(&self, number: usize) -> Value {
        serde_json::from_slice(&self.server.requests()[number].body).expect("JSON")
    }
}

/// The body that is sent for a request.
pub(crate) async fn sent_for(request: &ChatRequest) -> Value {
    let rig = Rig::new([answer(200, &whole(&json!([message("ok")])))]).await;
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
    let lines = events.into_iter().map(|event| {
        let kind = event["type"].as_str().unwrap_or_default().to_owned();
        format!("event: {kind}\ndata: {event}\n\n")
    });
    response(200, &[("content-type", "text/event-stream")], lines.collect::<String>())
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
