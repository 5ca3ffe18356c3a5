//! A protocol that nobody speaks: two fields in, two fields out, and a stream of its own. It stands
//! here to show that a protocol is one folder and one line of `protocol/mod.rs`.
//!
//! It asks `{"model": "m", "say": "the last words"}`, gets `{"said": "...", "end": true}`, and streams
//! such objects, of which the last has `end`.

mod tests;

use std::collections::VecDeque;

use bytes::Bytes;
use ek_core::{LlmResponse, ProtocolName, ResponseAssembly, Result, StreamEvent};
use serde::Deserialize;
use serde_json::json;

use super::{Asked, Caps, ChunkReader, Protocol, ReadOptions, whole};
use crate::endpoint::Paths;
use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::sse::SseEvent;

#[derive(Debug)]
struct Toy;

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    said: String,
    #[serde(default)]
    end: bool,
}

impl Said {
    fn of(data: &[u8]) -> Result<Self, ReadFault> {
        serde_json::from_slice(data).map_err(|_| ReadFault::unreadable_event())
    }
}

impl Protocol for Toy {
    fn name(&self) -> ProtocolName {
        ProtocolName::Other("toy".to_owned())
    }

    fn paths(&self) -> Paths {
        Paths { version: Some("/v7"), main: "/toy" }
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("x-toy", "1")]
    }

    fn list_headers(&self) -> &'static [&'static str] {
        &["x-toy"]
    }

    fn write(&self, asked: &Asked<'_>) -> Result<Bytes> {
        let say = asked.request.last_user_text();
        Ok(json!({"model": asked.model(), "say": say}).to_string().into())
    }

    fn read(&self, body: &[u8], _: ReadOptions, _: usize) -> Result<Box<LlmResponse>, ReadFault> {
        let said = Said::of(body)?;
        match said.end {
            true => Ok(Box::new(LlmResponse::text(said.said))),
            false => Err(ReadFault::CutOff),
        }
    }

    fn chunks(&self, _: ReadOptions, _: Caps) -> Box<dyn ChunkReader> {
        Box::<ToyChunks>::default()
    }
}

#[derive(Debug, Default)]
struct ToyChunks {
    reply: ResponseAssembly,
}

impl ChunkReader for ToyChunks {
    fn take(
        &mut self,
        event: &SseEvent<'_>,
        out: &mut VecDeque<StreamEvent>,
    ) -> Result<(), ReadFault> {
        let Said { said, end } = Said::of(event.data)?;
        self.reply.push_text(&said);
        out.push_back(StreamEvent::Text(said));
        if end {
            self.reply.set_finish_reason("stop");
            self.end(out)?;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut VecDeque<StreamEvent>) -> Result<(), ReadFault> {
        let reply = std::mem::take(&mut self.reply).finish().map_err(ReadFault::Core)?;
        out.extend(whole::ends(reply));
        Ok(())
    }

    fn is_whole(&self) -> bool {
        self.reply.has_finish_reason()
    }

    fn partial(&self) -> LlmResponse {
        self.reply.partial()
    }

    fn error_of(&self, _: &str) -> Option<ErrorBody> {
        None
    }
}
