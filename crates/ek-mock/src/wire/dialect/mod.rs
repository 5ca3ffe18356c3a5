//! The protocols that the mock speaks: a folder for each, and one line in [`ALL`]. A dialect knows the
//! JSON of its protocol; connections, scripts, pauses, cuts and faults are the same for all.

mod anthropic;
mod call_input;
mod chat_completions;
mod gemini;
mod identity;
pub(super) mod json;
pub(super) mod object;
mod openai_error;
mod parts;
mod pieces;
mod responses;
#[cfg(test)]
mod tests;
mod written;

use ek_core::{ChatRequest, Error, LlmResponse, ProtocolName, ToolCallFragment};
use serde_json::Value;

pub(super) use gemini::model as gemini_model;

use super::RawRequest;
use super::frames::{Frames, StreamForm};
use crate::Script;
use crate::engine::IncomingRequest;
use crate::script::Condition;

/// One protocol: its paths, its names, and the functions that read and write its JSON.
pub(crate) struct Dialect {
    pub(crate) protocol: ProtocolName,
    /// The ends of the paths of a request for a reply. Messages name the first.
    paths: &'static [&'static str],
    /// The answer to a request of another kind, such as for a list of models or a count of tokens: its
    /// JSON, or why the request is refused; `None` if the protocol does not know it.
    page: fn(&RawRequest, &Script) -> Option<Page>,
    /// Reads a request for a reply into the portable shape: what path and body say of it. An error says why
    /// the body is not such a request.
    pub(super) read: fn(path: &str, body: &[u8]) -> Result<IncomingRequest, String>,
    /// How a streamed reply to this request is written.
    pub(super) stream_form: fn(&RawRequest) -> StreamForm,
    /// The body of a reply in one piece.
    pub(super) reply: fn(&LlmResponse, Call<'_>) -> Vec<u8>,
    /// The events of a reply as a stream.
    pub(super) stream: fn(Streamed<'_>, Call<'_>) -> Frames,
    /// The body of an error.
    pub(super) error: fn(&Error) -> Vec<u8>,
    /// How a stream ends that an error breaks off: the event of the error, and what the API sends with it.
    pub(super) error_events: fn(&Error, Broken<'_>) -> Vec<u8>,
    /// Whether an error says in its body when to try again, and not in a header.
    pub(super) says_retry_in_body: bool,
    /// The name of the header with the id of a request.
    pub(super) request_id_header: &'static str,
    /// Whether a stream is whole that has an event with this data.
    #[cfg(feature = "record")]
    pub(crate) is_end: fn(data: &str) -> bool,
}

/// The JSON of an answer, or why the request is refused.
pub(crate) type Page = Result<Value, String>;

/// All dialects. Where several know a page, the first answers: one that looks at headers stands before one
/// that does not.
static ALL: &[&Dialect] = &[
    &anthropic::DIALECT,
    &gemini::DIALECT,
    &responses::DIALECT,
    &chat_completions::DIALECT,
    #[cfg(test)]
    &tests::PARROT,
];

/// The dialect of answers to requests of no protocol.
pub(crate) static DEFAULT: &Dialect = &chat_completions::DIALECT;

/// The dialect of errors of Gemini's requests for embeddings.
pub(super) static GEMINI: &Dialect = &gemini::DIALECT;

/// The dialect in which a request to this path asks for a reply.
pub(super) fn of(path: &str) -> Option<&'static Dialect> {
    ALL.iter().copied().find(|dialect| dialect.paths.iter().any(|end| path.ends_with(end)))
}

/// The answer to a request of another kind, and the dialect that knows it.
pub(super) fn page(request: &RawRequest, script: &Script) -> Option<(&'static Dialect, Page)> {
    ALL.iter().copied().find_map(|dialect| Some((dialect, (dialect.page)(request, script)?)))
}

/// The ends of all paths.
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|dialect| dialect.paths[0])
}

/// The models that the rules name, and one that is always there.
fn model_names(script: &Script) -> Vec<&str> {
    let mut names = vec!["mock"];
    for condition in script.rules.iter().flat_map(|rule| &rule.when.conditions) {
        if let Condition::Model(name) = condition
            && !names.contains(&name.as_str())
        {
            names.push(name);
        }
    }
    names
}

/// The call that a reply answers.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) dialect: &'static Dialect,
    pub(crate) request: &'a ChatRequest,
    pub(crate) streamed: bool,
    pub(crate) form: StreamForm,
    /// Whether the stream ends with the usage.
    pub(crate) usage: bool,
    /// The number of the call, from 1.
    pub(crate) number: usize,
}

/// The seventh call, which asks for a whole reply.
#[cfg(test)]
fn a_call(request: &ChatRequest) -> Call<'_> {
    let form = StreamForm::Events;
    Call { dialect: DEFAULT, request, streamed: false, form, usage: true, number: 7 }
}

/// A stream that breaks off.
#[derive(Clone, Copy)]
pub(crate) struct Broken<'a> {
    /// The reply that it would have been.
    pub(crate) whole: &'a LlmResponse,
    pub(crate) call: Call<'a>,
    /// The body so far.
    pub(crate) sent: &'a [u8],
}

/// A reply that is sent as a stream.
#[derive(Clone, Copy)]
pub(crate) struct Streamed<'a> {
    pub(crate) whole: &'a LlmResponse,
    /// The pieces of the tool calls, where the script says them.
    pub(crate) fragments: &'a [ToolCallFragment<'static>],
    /// The length of a piece of text.
    pub(crate) characters: usize,
}
