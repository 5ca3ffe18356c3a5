//! A scripted reply becomes what goes over a connection: writes, pauses and an end. Pure: the faces on the
//! wire differ only in what carries it, and dialects only in the JSON in it.

mod breaking;
mod error;
mod writes;

use std::time::Duration;

use ek_core::{EmbeddingRequest, Error, ErrorKind, LlmResponse, Result};
use serde_json::Value;

use self::breaking::{Breaking, Instead, NO_JSON};
use super::dialect::{Broken, Call, Dialect, Streamed};
use super::embeddings::EmbeddingDialect;
use super::frames::{Frames, Write};
use super::raw::response::wants_length;
use super::raw::{chunk, response, response_head};
use crate::embedding::VectorReply;
use crate::pace::Pace;
use crate::reply::{Answer, FaultAt};
use crate::{Cuts, ErrorReply, Fault, MockReply, RawReply};

/// A request for embeddings, and its protocol.
pub(crate) type Embedding<'a> = (&'static EmbeddingDialect, &'a EmbeddingRequest);

/// One answer on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rendered {
    pub(crate) output: Vec<Output>,
    pub(crate) end: End,
    /// Whether the caller gets an error of it.
    pub(crate) fails: bool,
}

/// What is done on the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Output {
    Write(Vec<u8>),
    Pause(Duration),
}

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It is there for the next request.
    KeepAlive,
    /// It is closed.
    Close,
    /// It is reset.
    Reset,
    /// It stays open, and nothing comes any more.
    Hang,
}

/// A response before it is cut into writes.
struct Response<'a> {
    status: u16,
    headers: Vec<(String, String)>,
    frames: Frames,
    /// The reply that comes as a stream, and so in chunks; else the length of the body is a header.
    streamed: Option<&'a LlmResponse>,
}

/// The answer to a request that no rule of a script answers.
pub(crate) fn refusal(dialect: &Dialect, status: u16, why: &str) -> Rendered {
    let kind = if status < 500 { ErrorKind::Rejected } else { ErrorKind::Server };
    error::render(dialect, &ErrorReply::new(Error::new(kind, why).with_status(status)))
}

/// An answer with this JSON.
pub(crate) fn page(json: &Value) -> Rendered {
    let headers = [("content-type", "application/json")];
    let output = vec![Output::Write(response(200, &headers, json.to_string()))];
    Rendered { output, end: End::KeepAlive, fails: false }
}

/// The bytes and pauses of a reply.
pub(crate) fn render(
    reply: &MockReply,
    script: Pace,
    call: Call<'_>,
    embedding: Option<Embedding<'_>>,
) -> Rendered {
    let pace = reply.pace.or(script);
    let mut rendered = answer(reply, pace, call, embedding);
    let latency = Some(pace.latency()).filter(|latency| !latency.is_zero());
    rendered.output.splice(0..0, latency.map(Output::Pause));
    rendered
}

fn answer(
    reply: &MockReply,
    pace: Pace,
    call: Call<'_>,
    embedding: Option<Embedding<'_>>,
) -> Rendered {
    let fault = reply.fault.as_ref().map(|(at, fault)| (*at, fault));
    let whole;
    let response = match &reply.answer {
        Answer::Error(error) => return error::render(call.dialect, error),
        Answer::Vectors(vectors) => match self::vectors(vectors, call, embedding) {
            Ok(response) => response,
            Err(error) => return error::render(call.dialect, &ErrorReply::new(error)),
        },
        Answer::Model(_) if embedding.is_some() => {
            let why = "what a model says answers a request for embeddings";
            return error::unplayable(call.dialect, why);
        }
        Answer::Attempts(_) => {
            return error::unplayable(call.dialect, "a sequence stands within a sequence");
        }
        Answer::Raw(raw) => raw_response(raw),
        Answer::Model(model) => {
            let characters = pace.chunk_chars();
            whole = match model.response_to(call.request) {
                Ok(whole) => whole,
                Err(error) => return error::unplayable(call.dialect, &error.to_string()),
            };
            let frames = if call.streamed {
                let streamed = Streamed { whole: &whole, fragments: &model.fragments, characters };
                (call.dialect.stream)(streamed, call)
            } else {
                Frames::one((call.dialect.reply)(&whole, call))
            };
            let headers = headers(whole.request_id.as_deref(), call);
            let streamed = call.streamed.then_some(&whole);
            Response { status: 200, headers, frames, streamed }
        }
    };
    let breaking = fault.map(|(at, fault)| (at, Breaking::of(fault)));
    if let (Some((_, Breaking::Instead(Instead::Error(error)))), None) =
        (breaking, response.streamed)
    {
        // An error in place of the whole reply has a status and headers of its own.
        return error::render(call.dialect, &ErrorReply::new(error.clone()));
    }
    let fails = fault.is_some_and(|(_, fault)| !matches!(fault, Fault::NoDone));
    send(response, call, &reply.cuts, pace.pause(), breaking, fails)
}

/// Vectors, if the request is for them.
fn vectors(
    reply: &VectorReply,
    call: Call<'_>,
    embedding: Option<Embedding<'_>>,
) -> Result<Response<'static>> {
    let Some((dialect, request)) = embedding else {
        return Err(Error::new(ErrorKind::Config, "vectors answer a request for a reply"));
    };
    let found = reply.vectors_for(request)?;
    let frames = Frames::one((dialect.write)(&found, request));
    let headers = headers(found.request_id.as_deref(), call);
    Ok(Response { status: 200, headers, frames, streamed: None })
}

fn raw_response(raw: &RawReply) -> Response<'static> {
    let stream = raw.headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("content-type") && value.starts_with("text/event-stream")
    });
    let frames = if !raw.pieces.is_empty() {
        Frames::timed(&raw.body, &raw.pieces)
    } else if stream {
        Frames::of_events(&raw.body)
    } else {
        Frames::one(raw.body.clone())
    };
    Response { status: raw.status, headers: raw.headers.clone(), frames, streamed: None }
}

/// The headers of a reply or of vectors, those of framing excepted.
fn headers(request_id: Option<&str>, call: Call<'_>) -> Vec<(String, String)> {
    let kind = if call.streamed { call.form.content_type() } else { "application/json" };
    let mut headers = vec![("content-type".to_owned(), kind.to_owned())];
    if let Some(id) = request_id {
        headers.push((call.dialect.request_id_header.to_owned(), id.to_owned()));
    }
    headers
}

/// Cuts a response into writes and breaks it.
fn send(
    mut response: Response<'_>,
    call: Call<'_>,
    cuts: &Cuts,
    pause: Duration,
    breaking: Option<(FaultAt, Breaking<'_>)>,
    fails: bool,
) -> Rendered {
    let whole_length = response.frames.length();
    let chunked = response.streamed.is_some();
    let instead = |what: Instead<'_>, sent: &[u8]| match (what, response.streamed) {
        (Instead::Error(error), Some(whole)) => {
            (call.dialect.error_events)(error, Broken { whole, call, sent })
        }
        (Instead::Error(error), None) => (call.dialect.error)(error),
        (Instead::NoJson, Some(_)) => call.form.last(NO_JSON, sent.is_empty()),
        (Instead::NoJson, None) => NO_JSON.to_vec(),
    };
    let end = response.frames.break_off(breaking, chunked, instead);
    let length = if end == End::KeepAlive { response.frames.length() } else { whole_length };

    let headers = response.headers.iter();
    let mut headers: Vec<(&str, &str)> =
        headers.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let length_in_words = length.to_string();
    if chunked {
        headers.push(("transfer-encoding", "chunked"));
    } else if wants_length(response.status, &headers, length) {
        headers.push(("content-length", &length_in_words));
    }
    let mut output = vec![Output::Write(response_head(response.status, &headers))];

    for Write { bytes, waits, own } in response.frames.writes(cuts) {
        let pause = own.or(waits.then_some(pause)).filter(|pause| !pause.is_zero());
        output.extend(pause.map(Output::Pause));
        if !bytes.is_empty() {
            output.push(Output::Write(if chunked { chunk(bytes) } else { bytes }));
        }
    }
    if chunked && end == End::KeepAlive {
        output.push(Output::Write(chunk("")));
    }
    Rendered { output, end, fails: fails || response.status >= 400 }
}
