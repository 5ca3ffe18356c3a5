//! The chat completions protocol, as OpenAI made it and as its many servers speak it.
//!
//! `request` writes what is asked, `profile` and `call_id` know what models take by their `model_name`; `reply`
//! reads a whole reply in any dialect, `chunks` the same in pieces.

mod call_id;
pub(crate) mod chunks;
mod model_name;
mod native;
pub(crate) mod profile;
pub(crate) mod reply;
mod request;

use bytes::Bytes;
use ek_core::{LlmResponse, ProtocolName, Result};

use super::{Asked, Caps, ChunkReader, Protocol, ReadOptions};
use crate::endpoint::Paths;
use crate::failure::read_fault::ReadFault;

/// The name of this protocol.
const PROTOCOL: ProtocolName = ProtocolName::ChatCompletions;

/// `POST {base}/chat/completions`.
#[derive(Debug)]
pub(crate) struct ChatCompletions;

impl Protocol for ChatCompletions {
    fn name(&self) -> ProtocolName {
        PROTOCOL
    }

    fn default_temperature(&self) -> Option<f64> {
        Some(0.7)
    }

    fn default_max_tokens(&self) -> Option<u32> {
        Some(4096)
    }

    fn paths(&self) -> Paths {
        Paths { version: None, main: "/chat/completions" }
    }

    fn write(&self, asked: &Asked<'_>) -> Result<Bytes> {
        request::write(asked.request, asked.defaults, asked.mode)
    }

    fn read(
        &self,
        body: &[u8],
        options: ReadOptions,
        cap: usize,
    ) -> Result<Box<LlmResponse>, ReadFault> {
        reply::read(body, options, cap)
    }

    fn chunks(&self, options: ReadOptions, caps: Caps) -> Box<dyn ChunkReader> {
        Box::new(chunks::Chunks::new(options, caps))
    }
}
