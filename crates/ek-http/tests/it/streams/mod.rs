//! Streamed replies on the wire: their events, their ends, and their waits.

/// A reply whose text comes in these deltas.
macro_rules! joined {
    ($($text:expr),+ $(,)?) => {{
        let mut all = String::new();
        $(all.push_str(&$text);)+
        all
    }};
}

mod cancelling;
mod collecting;
pub(crate) mod endings;
mod errors;
pub(crate) mod framing;
mod keys;
mod pressure;
mod requests;
mod tail;
pub(crate) mod waiting;

use ek_core::{ChatStream, Error, LlmResponse, StreamEvent, StreamingProvider as _};
use ek_http::{Provider, ProviderBuilder};
use ek_mock::wire::{Connection, chunk, chunked, response, response_head};

use crate::support::memory::Memory;
use crate::support::rig::Rig;
use crate::support::{in_time, question, settings};

pub(crate) const EVENTS: (&str, &str) = ("content-type", "text/event-stream");
pub(crate) const CHUNKED: (&str, &str) = ("transfer-encoding", "chunked");
const DONE: &str = "data: [DONE]\n\n";

/// One event with this data.
fn frame(data: impl std::fmt::Display) -> String {
    format!("data: {data}\n\n")
}

/// A chunk whose first choice has this delta.
fn delta(delta: &str) -> String {
    frame(format_args!(
        r#"{{"id":"c-1","model":"test-model-7","choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]}}"#
    ))
}

/// A chunk with this text.
fn text(piece: &str) -> String {
    delta(&format!(r#"{{"content":{}}}"#, serde_json::Value::from(piece)))
}

fn finish(reason: &str) -> String {
    frame(format_args!(r#"{{"choices":[{{"index":0,"delta":{{}},"finish_reason":"{reason}"}}]}}"#))
}

fn usage() -> String {
    frame(r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}"#)
}

/// A stream of these texts with its finish reason, its usage and `[DONE]`.
fn whole(pieces: &[&str]) -> String {
    let texts: String = pieces.iter().map(|piece| text(piece)).collect();
    joined!(texts, finish("stop"), usage(), DONE)
}

/// The head of an answer whose body comes in chunks.
pub(crate) fn begun() -> Connection {
    Connection::new().read_request().write(response_head(200, &[EVENTS, CHUNKED]))
}

/// A whole answer with this stream in chunks.
pub(crate) fn answer<I>(pieces: I) -> Connection
where
    I: IntoIterator<Item: AsRef<[u8]>>,
{
    begun().write(chunked(pieces))
}

/// An answer that ends with its connection, as HTTP/1.0 servers send it.
pub(crate) fn until_closed(body: impl AsRef<[u8]>) -> Connection {
    Connection::new().read_request().write(response_head(200, &[EVENTS])).write(body).fin()
}

/// The bytes of such an answer in one piece.
pub(crate) fn framed(body: impl AsRef<[u8]>) -> Vec<u8> {
    response(200, &[EVENTS], body)
}

/// Everything that a consumer gets from a stream.
pub(crate) struct Heard {
    pub(crate) events: Vec<StreamEvent>,
    pub(crate) end: Result<LlmResponse, Error>,
}

impl Heard {
    /// Reads a stream to its end, and checks that nothing follows.
    pub(crate) async fn all(mut stream: ChatStream) -> Self {
        let mut events = Vec::new();
        let end = loop {
            match stream.next().await.expect("an end before nothing more") {
                Ok(StreamEvent::Done(reply)) => break Ok(*reply),
                Ok(event) => events.push(event),
                Err(error) => break Err(error),
            }
        };
        assert!(stream.next().await.is_none(), "something after the end");
        let heard = Self { events, end };
        let delivered = match &heard.end {
            Ok(reply) => reply,
            Err(error) => error.partial().expect("what was delivered"),
        };
        assert_eq!(heard.text(), delivered.content, "pieces and whole");
        heard
    }

    /// Reads the rest of a stream. Returns the whole text.
    pub(crate) async fn rest(stream: ChatStream) -> String {
        stream.collect().await.expect("a whole reply").content
    }

    pub(crate) fn text(&self) -> String {
        let piece = |event: &StreamEvent| match event {
            StreamEvent::Text(piece) => Some(piece.clone()),
            _ => None,
        };
        self.events.iter().filter_map(piece).collect()
    }

    #[track_caller]
    pub(crate) fn reply(&self) -> &LlmResponse {
        self.end.as_ref().expect("a whole reply")
    }

    #[track_caller]
    pub(crate) fn error(&self) -> &Error {
        self.end.as_ref().expect_err("an error")
    }

    /// The text that came before the error.
    #[track_caller]
    pub(crate) fn partial(&self) -> &str {
        &self.error().partial().expect("what was delivered").content
    }
}

/// Reads the stream of a server that runs `first` on its first connection.
async fn hear(connection: Connection) -> Heard {
    hear_with(connection, |settings| settings).await
}

async fn hear_with(
    connection: Connection,
    change: impl FnOnce(ProviderBuilder) -> ProviderBuilder,
) -> Heard {
    listen(&Rig::with(connection, change).await.provider).await
}

pub(crate) async fn start(provider: &Provider) -> ChatStream {
    provider.stream(&question()).await.expect("a stream")
}

pub(crate) async fn listen(provider: &Provider) -> Heard {
    in_time(async { Heard::all(start(provider).await).await }).await
}

/// The next event, which has to be text.
pub(crate) async fn next_text(stream: &mut ChatStream) -> String {
    match stream.next().await {
        Some(Ok(StreamEvent::Text(piece))) => piece,
        other => panic!("no text: {other:?}"),
    }
}

/// A provider whose connections are in memory.
fn in_memory(memory: &Memory) -> ProviderBuilder {
    settings("http://localhost").connector(memory.clone())
}

/// The head of a stream and these events, as chunks.
pub(crate) fn head_and(events: &str) -> Vec<u8> {
    let mut bytes = response_head(200, &[EVENTS, CHUNKED]);
    // An empty chunk would end the body.
    if !events.is_empty() {
        bytes.extend(chunk(events));
    }
    bytes
}
