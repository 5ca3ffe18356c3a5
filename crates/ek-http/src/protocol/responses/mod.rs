//! OpenAI's Responses API, as OpenAI, Azure and the gateways to it speak it.
//!
//! `request` writes what is asked; `reply` reads a whole reply, `chunks` a streamed one. A reply is a list
//! of items: `turn` makes the flat fields of them, `native` what goes back of them.

mod chunks;
mod counts;
mod item;
mod native;
mod reply;
mod request;
mod response;
mod shown;
mod slot;
mod tools;
mod turn;

use bytes::Bytes;
use ek_core::{LlmResponse, ProtocolName, Result};
use hyper::Uri;

use super::{Asked, Caps, ChunkReader, Protocol, ReadOptions, token_count};
use crate::endpoint::{Endpoint, Paths};
use crate::failure::read_fault::ReadFault;

/// The public endpoint.
pub(crate) const PUBLIC_URL: &str = "https://api.openai.com/v1";

/// `POST {base}/v1/responses`.
#[derive(Debug)]
pub(crate) struct Responses;

impl Protocol for Responses {
    fn name(&self) -> ProtocolName {
        ProtocolName::OpenAiResponses
    }

    fn paths(&self) -> Paths {
        Paths { version: Some("/v1"), main: "/responses" }
    }

    fn write(&self, asked: &Asked<'_>) -> Result<Bytes> {
        request::write(asked)
    }

    fn write_count(&self, endpoint: &Endpoint, asked: &Asked<'_>) -> Result<(Uri, Bytes)> {
        Ok((endpoint.target("/responses/input_tokens", None)?, request::write_count(asked)?))
    }

    fn read_count(&self, document: &str) -> Option<u64> {
        token_count::read(document)
    }

    fn read(&self, body: &[u8], _: ReadOptions, cap: usize) -> Result<Box<LlmResponse>, ReadFault> {
        reply::read(body, cap).map(Box::new)
    }

    fn chunks(&self, _: ReadOptions, caps: Caps) -> Box<dyn ChunkReader> {
        Box::new(chunks::Chunks::new(caps))
    }
}
