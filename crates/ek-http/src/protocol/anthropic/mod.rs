//! Anthropic's Messages API, as Anthropic and the gateways to it speak it.
//!
//! `request` writes what is asked; `reply` reads a whole reply, `chunks` a streamed one. Both put the
//! blocks of the model's turn together in `turn`, which keeps each of them as it came, so that the turn
//! goes back unchanged.

mod block;
mod chunks;
mod citations;
mod counts;
mod message;
mod native;
mod reply;
mod request;
mod turn;

use bytes::Bytes;
use ek_core::{LlmResponse, ProtocolName, Result};
use hyper::Uri;

use super::embeddings::EmbeddingProfile;
use super::{Asked, Caps, ChunkReader, Protocol, ReadOptions, token_count};
use crate::auth::Auth;
use crate::endpoint::{self, Endpoint, Paths};
use crate::failure::read_fault::ReadFault;

/// The public endpoint.
pub(crate) const PUBLIC_URL: &str = "https://api.anthropic.com";

/// `POST {base}/v1/messages`.
#[derive(Debug)]
pub(crate) struct Anthropic;

impl Protocol for Anthropic {
    fn name(&self) -> ProtocolName {
        ProtocolName::AnthropicMessages
    }

    fn default_auth(&self) -> Auth {
        Auth::Header("x-api-key")
    }

    /// The API takes no request without a limit.
    fn default_max_tokens(&self) -> Option<u32> {
        Some(request::DEFAULT_MAX_TOKENS)
    }

    fn paths(&self) -> Paths {
        Paths { version: Some("/v1"), main: "/messages" }
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("anthropic-version", "2023-06-01")]
    }

    fn list_headers(&self) -> &'static [&'static str] {
        &["anthropic-beta"]
    }

    fn write(&self, asked: &Asked<'_>) -> Result<Bytes> {
        request::write(asked)
    }

    fn write_count(&self, endpoint: &Endpoint, asked: &Asked<'_>) -> Result<(Uri, Bytes)> {
        Ok((endpoint.target("/messages/count_tokens", None)?, request::write_count(asked)?))
    }

    fn read_count(&self, document: &str) -> Option<u64> {
        token_count::read(document)
    }

    fn models(&self, endpoint: &Endpoint, page: Option<&str>) -> Result<Uri> {
        let query = match page {
            Some(last) => format!("limit=1000&after_id={}", endpoint::encoded(last)),
            None => "limit=1000".to_owned(),
        };
        endpoint.target("/models", Some(&query))
    }

    fn read(&self, body: &[u8], _: ReadOptions, cap: usize) -> Result<Box<LlmResponse>, ReadFault> {
        reply::read(body, cap).map(Box::new)
    }

    fn embeddings(&self, _: &Endpoint) -> Option<EmbeddingProfile> {
        None
    }

    fn chunks(&self, _: ReadOptions, caps: Caps) -> Box<dyn ChunkReader> {
        Box::new(chunks::Chunks::new(caps))
    }
}
