//! Google's Gemini API (`generateContent`), as Google AI Studio, Vertex AI and the gateways to them
//! speak it.
//!
//! `request` writes what is asked; `reply` reads a whole reply, `chunks` a streamed one. Both put the
//! parts of the model's turn together in `turn`, which keeps each of them as it came, so that the turn
//! goes back unchanged and each signature stays on its part.

mod answer;
mod call;
mod chunks;
mod counts;
mod part;
mod partial_args;
mod reply;
mod request;
mod turn;

pub(crate) use request::target_of;

use bytes::Bytes;
use ek_core::{LlmResponse, ProtocolName, Result};
use hyper::Uri;

use super::embeddings::EmbeddingProfile;
use super::{Asked, Caps, ChunkReader, Protocol, ReadOptions};
use crate::auth::Auth;
use crate::endpoint::{self, Endpoint, Paths};
use crate::failure::read_fault::ReadFault;
use crate::json::fields::Fields;
use crate::json::scan::{self, Scanner, Unreadable};

/// The public endpoint.
pub(crate) const PUBLIC_URL: &str = "https://generativelanguage.googleapis.com/v1beta";

/// `POST {base}/models/{model}:generateContent`.
#[derive(Debug)]
pub(crate) struct Gemini;

impl Protocol for Gemini {
    fn name(&self) -> ProtocolName {
        ProtocolName::GeminiGenerateContent
    }

    fn default_auth(&self) -> Auth {
        Auth::Header("x-goog-api-key")
    }

    fn paths(&self) -> Paths {
        Paths { version: Some("/v1beta"), main: "/models" }
    }

    fn target(&self, endpoint: &Endpoint, asked: &Asked<'_>) -> Result<Uri> {
        request::target(endpoint, asked)
    }

    fn write(&self, asked: &Asked<'_>) -> Result<Bytes> {
        request::write(asked)
    }

    fn write_count(&self, endpoint: &Endpoint, asked: &Asked<'_>) -> Result<(Uri, Bytes)> {
        let body = request::write_count(endpoint, asked)?;
        Ok((request::target_of_count(endpoint, asked)?, body))
    }

    fn read_count(&self, document: &str) -> Option<u64> {
        scan::read::<Count>(document).ok()?.0
    }

    fn models(&self, endpoint: &Endpoint, page: Option<&str>) -> Result<Uri> {
        let query = match page {
            Some(next) => format!("pageSize=1000&pageToken={}", endpoint::encoded(next)),
            None => "pageSize=1000".to_owned(),
        };
        endpoint.target("/models", Some(&query))
    }

    fn read(&self, body: &[u8], _: ReadOptions, cap: usize) -> Result<Box<LlmResponse>, ReadFault> {
        reply::read(body, cap).map(Box::new)
    }

    fn embeddings(&self, endpoint: &Endpoint) -> Option<EmbeddingProfile> {
        let is_vertex = request::is_vertex(endpoint);
        Some(if is_vertex { EmbeddingProfile::VERTEX } else { EmbeddingProfile::GEMINI })
    }

    fn chunks(&self, _: ReadOptions, caps: Caps) -> Box<dyn ChunkReader> {
        Box::new(chunks::Chunks::new(caps))
    }
}

/// The answer of `countTokens`.
#[derive(Default)]
struct Count(Option<u64>);

impl<'a> Fields<'a> for Count {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> std::result::Result<(), Unreadable> {
        match key {
            "totalTokens" | "total_tokens" => self.0 = value.count()?,
            _ => value.skip()?,
        }
        Ok(())
    }
}
