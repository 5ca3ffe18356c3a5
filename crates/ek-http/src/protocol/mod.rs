//! The protocols that the client speaks, a folder each, and the seam between them and the rest.
//!
//! Everything outside this folder speaks HTTP to any of them: a [`Protocol`] says where a request goes
//! and what is written, and reads what comes back. It does no IO and holds no state; what an exchange
//! needs to know of it is in [`Asked`] and [`ReadOptions`]. A new protocol is a folder with one type
//! that implements the trait, and a line here.

#[cfg(feature = "anthropic")]
pub(crate) mod anthropic;
mod arguments;
pub(crate) mod body;
mod body_size;
#[cfg(any(feature = "anthropic", feature = "responses"))]
mod call_ids;
pub(crate) mod chat_completions;
mod chunk_reader;
pub(crate) mod documents;
pub(crate) mod embeddings;
#[cfg(any(feature = "anthropic", feature = "gemini", feature = "responses"))]
mod frames;
#[cfg(feature = "gemini")]
pub(crate) mod gemini;
mod media_url;
pub(crate) mod models;
mod names;
#[cfg(any(feature = "anthropic", feature = "gemini"))]
mod object_arguments;
#[cfg(any(feature = "anthropic", feature = "gemini", feature = "responses"))]
mod refused;
#[cfg(feature = "responses")]
pub(crate) mod responses;
#[cfg(any(feature = "anthropic", feature = "gemini"))]
mod schema_entries;
#[cfg(any(feature = "anthropic", feature = "gemini", feature = "responses"))]
mod silence;
#[cfg(any(feature = "anthropic", feature = "responses"))]
mod token_count;
mod tool_schema;
#[cfg(test)]
mod toy;
#[cfg(any(feature = "anthropic", feature = "gemini"))]
mod turns;
pub(crate) mod whole;

use std::fmt;

use bytes::Bytes;
use ek_core::{ChatRequest, Error, ErrorKind, LlmResponse, ProtocolName, Result};
use hyper::Uri;
#[cfg(any(feature = "anthropic", feature = "responses"))]
use serde::Serialize;
use serde_json::Value;

use crate::auth::Auth;
use crate::endpoint::{Endpoint, Paths};
use crate::failure::read_fault::ReadFault;
#[cfg(any(feature = "anthropic", feature = "responses"))]
use crate::json::object::Object;
use chat_completions::profile::{ModelProfile, TokenLimitField};
pub(crate) use chunk_reader::{Caps, ChunkReader};
use embeddings::EmbeddingProfile;

/// What is spoken with a server. One for all providers that speak it.
pub(crate) trait Protocol: fmt::Debug + Send + Sync {
    /// Its name, as it tags a model's turn and the keys that are for it alone.
    fn name(&self) -> ProtocolName;

    /// How the key is sent, unless the builder says otherwise.
    fn default_auth(&self) -> Auth {
        Auth::Bearer
    }

    /// The temperature of requests that ask for none.
    fn default_temperature(&self) -> Option<f64> {
        None
    }

    /// The longest reply of requests that set none, in tokens.
    fn default_max_tokens(&self) -> Option<u32> {
        None
    }

    /// The paths of the API below its base URL.
    fn paths(&self) -> Paths;

    /// Where this request goes: the main path of [`paths`](Self::paths), unless the path depends on the
    /// request.
    ///
    /// # Errors
    /// `Config` if the request asks for what no path can hold.
    fn target(&self, endpoint: &Endpoint, _: &Asked<'_>) -> Result<Uri> {
        Ok(endpoint.uri.clone())
    }

    /// The headers that each request carries, by lower-case name. What the provider or the request sets
    /// under the same name wins.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Headers whose values are lists, by lower-case name: what a request sets is added to what the
    /// provider has.
    fn list_headers(&self) -> &'static [&'static str] {
        &[]
    }

    /// Writes the body of the request.
    ///
    /// # Errors
    /// `Config` for what cannot be written, `Unsupported` for what the protocol has no word for and what
    /// would change the meaning of the answer.
    fn write(&self, asked: &Asked<'_>) -> Result<Bytes>;

    /// Reads a whole reply, without its payload. Of it, no more than `cap` bytes are kept.
    ///
    /// # Errors
    /// The fault; [`ReadFault::Events`] where the body proves to be a stream.
    fn read(
        &self,
        body: &[u8],
        options: ReadOptions,
        cap: usize,
    ) -> Result<Box<LlmResponse>, ReadFault>;

    /// Where the tokens of a prompt are counted, and what is written there.
    ///
    /// # Errors
    /// `Unsupported` where the protocol has no way to ask; else as [`write`](Self::write).
    fn write_count(&self, _: &Endpoint, _: &Asked<'_>) -> Result<(Uri, Bytes)> {
        let why = format!("{} has no way to count the tokens of a prompt", self.name().as_str());
        Err(Error::new(ErrorKind::Unsupported, why))
    }

    /// The number of tokens that an answer to that names; `None` if it names none.
    fn read_count(&self, _: &str) -> Option<u64> {
        None
    }

    /// Where the models are listed: the first page, or the one that the page before names.
    ///
    /// # Errors
    /// `Config` if the path cannot stand in a URL.
    fn models(&self, endpoint: &Endpoint, _: Option<&str>) -> Result<Uri> {
        endpoint.target("/models", None)
    }

    /// A page of the list; `None` if the document is none.
    fn read_models(&self, document: &str) -> Option<models::Page> {
        models::read(document)
    }

    /// How texts become vectors at this endpoint; `None` where the API has no way to ask for them.
    fn embeddings(&self, endpoint: &Endpoint) -> Option<EmbeddingProfile> {
        Some(EmbeddingProfile::of(endpoint))
    }

    /// A reader for the events of a streamed reply.
    fn chunks(&self, options: ReadOptions, caps: Caps) -> Box<dyn ChunkReader>;
}

/// The error of a value of the caller's that JSON cannot hold.
fn unwritable(_: serde_json::Error) -> Error {
    Error::new(ErrorKind::Config, "the request cannot be written as JSON")
}

/// Writes a value of the caller's under a key.
///
/// # Errors
/// `Config` if JSON cannot hold it.
#[cfg(any(feature = "anthropic", feature = "responses"))]
fn value(
    object: &mut Object<'_>,
    key: &'static str,
    value: &(impl Serialize + ?Sized),
) -> Result<()> {
    object.value(key, value).map_err(unwritable)
}

/// A request, and what the provider adds to it.
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a ChatRequest,
    pub(crate) defaults: &'a Defaults,
    pub(crate) mode: Mode,
}

impl Asked<'_> {
    /// The model that is asked.
    #[cfg(test)]
    pub(crate) fn model(&self) -> &str {
        self.defaults.model_of(self.request)
    }
}

/// What the provider adds to a request.
#[derive(Debug, Clone)]
pub(crate) struct Defaults {
    pub(crate) protocol: ProtocolName,
    pub(crate) model: String,
    pub(crate) temperature: Option<f64>,
    pub(crate) max_tokens: Option<u32>,
    /// Of the provider's model, or of every model.
    pub(crate) profile: ModelProfile,
    pub(crate) is_profile_of_all: bool,
    pub(crate) token_limit_field: Option<TokenLimitField>,
}

impl Defaults {
    /// The model that a request asks: the one in `extra`, else its own, else the provider's.
    pub(crate) fn model_of<'a>(&'a self, request: &'a ChatRequest) -> &'a str {
        let extra = request.extra_value(&self.protocol, "model").and_then(Value::as_str);
        extra.or(request.model.as_deref()).unwrap_or(&self.model)
    }

    /// What a model takes. That of the provider's own model is not looked up again.
    pub(crate) fn profile_of(&self, model: &str) -> ModelProfile {
        match self.is_profile_of_all || model == self.model {
            true => self.profile,
            false => ModelProfile::of(model),
        }
    }
}

/// In which form the answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Unary,
    /// As a stream, with or without asking for the usage at its end.
    Stream {
        usage: bool,
    },
}

impl Mode {
    pub(crate) fn is_stream(self) -> bool {
        self != Self::Unary
    }
}

/// How a reply is to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadOptions {
    /// Whether one choice was asked for, so that several are pieces of it and no candidates.
    pub(crate) one_choice: bool,
    /// Whether `<think>` in the text is split off as reasoning.
    pub(crate) split_think_tags: bool,
}
