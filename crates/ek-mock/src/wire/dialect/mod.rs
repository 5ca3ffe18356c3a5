//! The protocols that the mock speaks: a folder for each, and one line in [`ALL`]. A dialect knows the
//! JSON of its protocol; connections, scripts, pauses, cuts and faults are the same for all.

mod anthropic;
mod call_input;
mod chat_completions;
mod gemini;
mod identity;
pub(super) mod json;
mod openai_error;
mod parts;
mod pieces;
mod responses;
#[cfg(test)]
mod tests;

use ek_core::{ChatRequest, Error, LlmResponse, ProtocolName, ToolCallFragment};
use serde_json::Value;

pub(super) use gemini::model as gemini_model;

use super::RawRequest;
use super::frames::{Frames, StreamForm};
use crate::Script;
use crate::engine::IncomingRequest;
use crate::script::Condition;

/// One protocol.
pub(crate) trait Dialect: Sync {
    /// The protocol that it speaks.
    fn protocol(&self) -> ProtocolName;

    /// The end of the path of a request for a reply.
    fn path(&self) -> &'static str;

    /// Whether a request to this path asks for a reply.
    fn answers(&self, path: &str) -> bool {
        path.ends_with(self.path())
    }

    /// The answer to a request of another kind, such as for a list of models or a count of tokens: its
    /// JSON, or why the request is refused; `None` if the protocol does not know it.
    fn page(&self, request: &RawRequest, script: &Script) -> Option<Page>;

    /// Reads a request for a reply into the portable shape: what path and body say of it.
    ///
    /// # Errors
    ///
    /// Why the body is not such a request.
    fn read(&self, path: &str, body: &[u8]) -> Result<IncomingRequest, String>;

    /// How a streamed reply to this request is written.
    fn stream_form(&self, _: &RawRequest) -> StreamForm {
        StreamForm::Events
    }

    /// The body of a reply in one piece.
    fn reply(&self, whole: &LlmResponse, call: Call<'_>) -> Vec<u8>;

    /// The events of a reply as a stream.
    fn stream(&self, streamed: Streamed<'_>, call: Call<'_>) -> Frames;

    /// The body of an error.
    fn error(&self, error: &Error) -> Vec<u8>;

    /// How a stream ends that an error breaks off: the event of the error, and what the API sends with it.
    fn error_events(&self, error: &Error, broken: Broken<'_>) -> Vec<u8>;

    /// Whether an error says in its body when to try again, and not in a header.
    fn says_retry_in_body(&self) -> bool {
        false
    }

    /// The name of the header with the id of a request.
    fn request_id_header(&self) -> &'static str;

    /// Whether a stream is whole that has an event with this data.
    #[cfg(feature = "record")]
    fn is_end(&self, data: &str) -> bool;
}

/// The JSON of an answer, or why the request is refused.
pub(crate) type Page = Result<Value, String>;

/// All dialects. Where several know a page, the first answers: one that looks at headers stands before one
/// that does not.
const ALL: &[&dyn Dialect] = &[
    &anthropic::Anthropic,
    &gemini::Gemini,
    &responses::Responses,
    &chat_completions::ChatCompletions,
    #[cfg(test)]
    &tests::Parrot,
];

/// The dialect of answers to requests of no protocol.
pub(crate) const DEFAULT: &dyn Dialect = &chat_completions::ChatCompletions;

/// The dialect of errors of Gemini's requests for embeddings.
pub(crate) const GEMINI: &dyn Dialect = &gemini::Gemini;

/// The dialect in which a request to this path asks for a reply.
pub(crate) fn of(path: &str) -> Option<&'static dyn Dialect> {
    ALL.iter().copied().find(|dialect| dialect.answers(path))
}

/// The answer to a request of another kind, and the dialect that knows it.
pub(crate) fn page(request: &RawRequest, script: &Script) -> Option<(&'static dyn Dialect, Page)> {
    ALL.iter().copied().find_map(|dialect| Some((dialect, dialect.page(request, script)?)))
}

/// The ends of all paths, in words.
pub(crate) fn paths() -> String {
    ALL.iter().map(|dialect| dialect.path()).collect::<Vec<_>>().join(" or ")
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
    pub(crate) dialect: &'static dyn Dialect,
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
