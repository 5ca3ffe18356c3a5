//! One script on its three faces: the trait, memory, and TCP.

mod agreement;
mod anthropic;
mod bytes;
mod connections;
mod embeddings;
mod errors;
mod every_protocol;
mod gemini;
mod raw_pieces;
mod requests;
mod responses;
mod time;
mod verifying;

use std::time::Duration;

use ek_core::{
    ChatRequest, Error, LlmProvider, LlmResponse, Message, RawJson, ResponseFormat,
    StreamingProvider, ToolChoice, ToolSpec,
};
use ek_http::Provider;
use ek_mock::wire::{MockIo, MockServer, MockTransport};
use ek_mock::{MockReply, Script, When};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const SECOND: Duration = Duration::from_secs(1);

const SCHEMA: &str =
    r#"{"type":"object","properties":{"b":{},"a":{}},"additionalProperties":false}"#;

/// A real client over memory.
fn over(transport: &MockTransport) -> Provider {
    let settings = Provider::builder(transport.uri(), "m").connector(transport.clone());
    settings.build().expect("sound settings")
}

/// A real client over TCP.
fn to(server: &MockServer) -> Provider {
    Provider::new(server.uri(), "m").expect("sound settings")
}

async fn ask(provider: &impl LlmProvider, text: &str) -> Result<LlmResponse, Error> {
    provider.complete(&ChatRequest::user(text)).await
}

/// The whole reply of a stream, or the error that ended it.
async fn heard(provider: &impl StreamingProvider) -> Result<LlmResponse, Error> {
    provider.stream(&ChatRequest::user("?")).await?.collect().await
}

fn raw(json: &str) -> RawJson {
    RawJson::new(json).expect("JSON")
}

fn tide() -> ToolSpec {
    ToolSpec::new("tide", "when", SCHEMA).expect("a schema")
}

/// A request with the settings that every protocol has.
fn with_settings(
    messages: impl IntoIterator<Item = Message>,
    tools: impl IntoIterator<Item = ToolSpec>,
) -> ChatRequest {
    let (name, schema) = ("output".to_owned(), raw(SCHEMA));
    ChatRequest::new(messages)
        .with_model("m-2")
        .with_max_tokens(77)
        .with_temperature(0.25)
        .with_top_p(0.5)
        .with_tools(tools)
        .with_tool_choice(ToolChoice::Function("tide".into()))
        .with_response_format(ResponseFormat::JsonSchema { name, schema, strict: true })
        .with_reasoning_effort("low")
}

/// Asks for a whole reply and for a stream; gives what was recorded.
async fn recorded(
    provider: &Provider,
    transport: &MockTransport,
    asked: &ChatRequest,
) -> [ChatRequest; 2] {
    provider.complete(asked).await.expect("a reply");
    provider.stream(asked).await.expect("a stream").collect().await.expect("a reply");
    let calls: [_; 2] = transport.calls().try_into().expect("two calls");
    assert_eq!(calls.each_ref().map(|call| call.streamed), [false, true]);
    calls.map(|call| call.request)
}

/// What is answered to a request that asks for no reply: its status, and its JSON. One rule names the model.
async fn page(model: &str, line: &str, headers: &str, body: &str) -> (String, serde_json::Value) {
    let transport = MockTransport::new(Script::new().on(When::model(model), ["a"]));
    let (head, body) = answer(&transport, line, headers, body).await;
    assert_eq!(transport.call_count(), 0);
    let status = head.split(' ').nth(1).expect("a status").to_owned();
    (status, serde_json::from_str(&body).expect("JSON"))
}

/// The bytes of a request for a chat completion.
fn request(body: &str) -> Vec<u8> {
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\n";
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into()
}

/// A question, as a call or as a stream.
fn question(streamed: bool) -> Vec<u8> {
    let stream = r#""stream":true,"stream_options":{"include_usage":true},"#;
    let stream = if streamed { stream } else { "" };
    request(&format!(r#"{{{stream}"model":"m","messages":[{{"role":"user","content":"?"}}]}}"#))
}

/// Writes the bytes, and then reads to the end of the connection: what came, and whether it was reset.
async fn exchange(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    sent: &[u8],
) -> (Vec<u8>, bool) {
    stream.write_all(sent).await.expect("the request is taken");
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).await;
    (answer, end.is_err())
}

/// The request with the wish that the connection is closed behind the reply.
fn closing(sent: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(sent);
    text.replacen("\r\n", "\r\nconnection: close\r\n", 1).into()
}

fn connection(transport: &MockTransport) -> MockIo {
    transport.connect().expect("within a runtime")
}

fn json(script: &str) -> Script {
    Script::from_json(script).expect("a sound script")
}

/// The answer to a request that is written by hand: its head's first line and its body.
async fn answer(
    transport: &MockTransport,
    line: &str,
    headers: &str,
    body: &str,
) -> (String, String) {
    let length = body.len();
    let sent = format!(
        "{line} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\r\n{body}"
    );
    let (bytes, _) = exchange(&mut connection(transport), &closing(sent.as_bytes())).await;
    let text = String::from_utf8(bytes).expect("UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    (head.to_owned(), body.to_owned())
}

/// The lines of a stream without the lengths of its chunks.
async fn events_of(reply: MockReply, line: &str, body: &str) -> String {
    let transport = MockTransport::new(Script::cycling([reply]));
    let (head, body) = answer(&transport, line, "", body).await;
    assert!(head.contains("\r\ncontent-type: text/event-stream"), "{head}");
    let lines =
        body.lines().filter(|line| line.starts_with("event: ") || line.starts_with("data: "));
    lines.collect::<Vec<_>>().join("\n")
}
