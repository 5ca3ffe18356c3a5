//! The faults of streams, scenarios 51 to 70 of `docs/faults.md`, for the native protocols.
//!
//! A scenario is written once. What a protocol calls an opening, a text, a mark of the end or an error
//! stands in its table of wire texts: a [`Wire`].
#![allow(clippy::string_add, reason = "bodies are read best as sums of their frames")]

#[cfg(feature = "anthropic")]
mod anthropic;
mod endings;
mod errors;
mod framing;
#[cfg(feature = "gemini")]
mod gemini;
mod pressure;
#[cfg(feature = "responses")]
mod responses;
mod waiting;

use ek_core::ErrorKind;
use ek_http::{Provider, ProviderBuilder};
use ek_mock::wire::{Connection, RawScript, RawServer, response};
use serde_json::Value;

use crate::streams::waiting::IDLE;
use crate::streams::{Heard, listen};
use crate::support::memory::Memory;
use crate::support::rig::Rig;
use crate::support::{JSON, KEY, REPLY, logs};

/// The wire texts of a protocol. Every reply costs 30 tokens.
struct Wire {
    name: &'static str,
    settings: ProviderBuilder,
    /// What comes before the first text; empty where there is no such thing.
    opening: String,
    text: fn(&str) -> String,
    /// An event that says nothing new.
    quiet: &'static str,
    /// A document to pass over, with an empty `pad`.
    padded: &'static str,
    /// The last event before the end, when this text has come. The reply is not whole with it.
    closed: fn(&str) -> String,
    /// What makes the reply whole although more may follow, if there is such a thing.
    stop: String,
    /// The event behind which nothing is read, if there is such a thing.
    mark: String,
    /// Events that are neither.
    like_an_end: Vec<String>,
    /// An event that is an error, its kind and its code.
    errors: Vec<(String, ErrorKind, &'static str)>,
    /// Data that cannot be read.
    broken: [&'static str; 3],
    /// Two texts under this index, with what belongs to their place, and what the reply says.
    indexed: fn(&Value) -> (String, &'static str),
    /// A whole reply that says [`REPLY`].
    reply: Value,
    /// A document that is an error of the server.
    error: Value,
}

/// The protocols that are built.
fn wires() -> Vec<Wire> {
    logs::start();
    vec![
        #[cfg(feature = "anthropic")]
        anthropic::wire(),
        #[cfg(feature = "responses")]
        responses::wire(),
        #[cfg(feature = "gemini")]
        gemini::wire(),
    ]
}

impl Wire {
    fn settings(&self, uri: &str) -> ProviderBuilder {
        self.settings.clone().base_url(uri).api_key(KEY)
    }

    fn in_memory(&self, memory: &Memory) -> Provider {
        let settings = self.settings("http://localhost").connector(memory.clone());
        settings.stream_idle_timeout(IDLE).build().expect("sound settings")
    }

    /// A provider in front of a server that runs `first` on its first connection, and then good ones.
    async fn rig(&self, first: Connection) -> Rig {
        self.rig_with(first, |settings| settings).await
    }

    async fn rig_with(
        &self,
        first: Connection,
        change: impl FnOnce(ProviderBuilder) -> ProviderBuilder,
    ) -> Rig {
        let well = response(200, &[JSON], self.reply.to_string());
        let good = Connection::new().read_request().write(well).repeat();
        let server = RawServer::start(RawScript::in_order([first]).then_every(good)).await;
        let provider = change(self.settings(&server.uri())).build().expect("sound settings");
        Rig { server, provider }
    }

    async fn hear(&self, connection: Connection) -> Heard {
        listen(&self.rig(connection).await.provider).await
    }

    fn begins_with(&self, pieces: &[&str]) -> String {
        let texts: String = pieces.iter().map(|piece| (self.text)(piece)).collect();
        self.opening.clone() + &texts
    }

    /// All that comes after the last text.
    fn end(&self) -> String {
        [&*self.stop, &*self.mark].concat()
    }

    fn whole(&self, pieces: &[&str]) -> String {
        self.begins_with(pieces) + &self.end()
    }

    /// The ways in which a whole reply may end.
    fn ends(&self) -> Vec<String> {
        let mut ends = vec![self.end()];
        ends.extend(Some(self.stop.clone()).filter(|stop| !stop.is_empty() && *stop != ends[0]));
        ends
    }

    fn error_event(&self) -> &str {
        &self.errors[0].0
    }
}
