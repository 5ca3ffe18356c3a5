//! A scripted reply becomes what goes over a connection: writes, pauses and an end. Pure: the faces
//! on the wire differ only in what carries it.

mod breaking;
mod error;
pub(in crate::wire) mod writes;

use std::time::Duration;

use ek_core::{ChatRequest, Error};

use self::breaking::Breaking;
use self::writes::{Frames, Write};
use super::dialect::chat_completions::{chunks, reply as body};
use super::raw::{chunk, response_head};
use crate::reply::{Answer, FaultAt};
use crate::script::Defaults;
use crate::{Cuts, ErrorReply, Fault, MockReply, RawReply};

/// About a token of English.
const CHUNK_CHARS: usize = 4;

/// What a reply answers.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a ChatRequest,
    pub(crate) streamed: bool,
    /// Whether the usage is wanted at the end of a stream.
    pub(crate) usage: bool,
    /// The number of the call.
    pub(crate) number: usize,
}

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
struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    frames: Frames,
    /// Whether the body comes in chunks; else its length is told.
    chunked: bool,
}

/// The bytes of an error that no script asked for.
pub(crate) fn render_error(error: &Error) -> Rendered {
    error::rendered(&ErrorReply::new(error.clone()))
}

/// The bytes and pauses of a reply.
pub(crate) fn render(reply: &MockReply, defaults: Defaults, asked: Asked<'_>) -> Rendered {
    let mut rendered = answer(reply, defaults, asked);
    let latency = reply.latency.or(defaults.latency).filter(|latency| !latency.is_zero());
    rendered.output.splice(0..0, latency.map(Output::Pause));
    rendered
}

fn answer(reply: &MockReply, defaults: Defaults, asked: Asked<'_>) -> Rendered {
    let pause = reply.pause.or(defaults.pause).unwrap_or_default();
    let fault = reply.fault.as_ref().map(|(at, fault)| (*at, fault));
    let response = match &reply.answer {
        Answer::Error(error) => return error::rendered(error),
        Answer::Attempts(_) => return error::unplayable("a sequence stands within a sequence"),
        Answer::Raw(raw) => raw_response(raw),
        Answer::Model(model) => {
            let characters = reply.chunk_chars.or(defaults.chunk_chars).unwrap_or(CHUNK_CHARS);
            let whole = match model.response_to(asked.request) {
                Ok(whole) => whole,
                Err(error) => return error::unplayable(&error.to_string()),
            };
            let frames = if asked.streamed {
                chunks::frames(&whole, &model.fragments, characters, asked)
            } else {
                Frames::one(body::completion(&whole, asked))
            };
            Response {
                status: 200,
                headers: body::headers(&whole, asked.streamed),
                frames,
                chunked: asked.streamed,
            }
        }
    };
    if let (Some((_, Fault::Error(error))), false) = (fault, response.chunked)
        && let Breaking::Told(_) = Breaking::of(&Fault::Error(error.clone()), false)
    {
        // Whoever waits for the whole is told in place of it.
        return error::rendered(&ErrorReply::new(error.clone()));
    }
    send(response, &reply.cuts, pause, fault)
}

fn raw_response(raw: &RawReply) -> Response {
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
    Response { status: raw.status, headers: raw.headers.clone(), frames, chunked: false }
}

/// Cuts a response into writes and breaks it as told.
fn send(
    mut response: Response,
    cuts: &Cuts,
    pause: Duration,
    fault: Option<(FaultAt, &Fault)>,
) -> Rendered {
    let whole_length = response.frames.length();
    let chunked = response.chunked;
    let breaking = fault.map(|(at, fault)| (at, Breaking::of(fault, chunked)));
    let end = response.frames.break_off(breaking, chunked);
    let length = if end.is_orderly() { response.frames.length() } else { whole_length };

    let mut headers = std::mem::take(&mut response.headers);
    if chunked {
        headers.push(("transfer-encoding".to_owned(), "chunked".to_owned()));
    } else if !is_framed(&headers) && !is_bodiless(response.status, length) {
        headers.push(("content-length".to_owned(), length.to_string()));
    }
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut output = vec![Output::Write(response_head(response.status, &headers))];

    for Write { bytes, waits, own } in response.frames.writes(cuts) {
        let pause = own.or(waits.then_some(pause)).filter(|pause| !pause.is_zero());
        output.extend(pause.map(Output::Pause));
        if !bytes.is_empty() {
            output.push(Output::Write(if chunked { chunk(bytes) } else { bytes }));
        }
    }
    if chunked && end.is_orderly() {
        output.push(Output::Write(chunk("")));
    }
    Rendered {
        output,
        end: end.end(),
        fails: response.status >= 400 || fault.is_some_and(|(_, f)| !matches!(f, Fault::NoDone)),
    }
}

fn is_framed(headers: &[(String, String)]) -> bool {
    headers.iter().any(|(name, _)| {
        name.eq_ignore_ascii_case("content-length")
            || name.eq_ignore_ascii_case("transfer-encoding")
    })
}

fn is_bodiless(status: u16, length: usize) -> bool {
    length == 0 && matches!(status, 100..=199 | 204 | 304)
}
