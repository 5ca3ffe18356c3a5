//! The events of a streamed reply: each holds a whole answer with the next pieces of its parts.
//!
//! A finish reason makes the reply whole, and so does the reason why a prompt is blocked. Parts may
//! follow a finish reason, as they do while code runs; then the reply is whole with the next reason.

#[cfg(test)]
mod properties;

use std::collections::VecDeque;

use ek_core::{LlmResponse, StreamEvent};

use super::answer::Answer;
use super::turn::Turn;
use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::json::scan;
use crate::protocol::{Caps, ChunkReader, frames, whole};
use crate::sse::SseEvent;

type Events = VecDeque<StreamEvent>;

/// The reply in the making.
#[derive(Debug)]
pub(super) struct Chunks {
    turn: Turn,
}

impl ChunkReader for Chunks {
    fn take(&mut self, event: &SseEvent<'_>, out: &mut Events) -> Result<(), ReadFault> {
        let taken = frames::each(event, |text| self.take_document(text, out));
        frames::behind_the_end(self, taken, out)
    }

    fn end(&mut self, out: &mut Events) -> Result<(), ReadFault> {
        let reply = self.turn.finish(out)?;
        out.extend(whole::ends(reply));
        Ok(())
    }

    fn is_whole(&self) -> bool {
        self.turn.has_ended()
    }

    fn partial(&self) -> LlmResponse {
        self.turn.partial()
    }

    fn error_of(&self, document: &str) -> Option<ErrorBody> {
        error_of(&scan::read::<Answer<'_>>(document).ok()?, document)
    }
}

/// What a document says of an error. Gateways have errors of their own, which may be no more than a
/// message and a code.
fn error_of(answer: &Answer<'_>, text: &str) -> Option<ErrorBody> {
    let own = || ErrorBody::of_document(text).filter(ErrorBody::says_something);
    answer.error().or_else(|| (!answer.has_own_field).then(own).flatten())
}

impl Chunks {
    /// Keeps at most `caps.document` bytes.
    pub(super) fn new(caps: Caps) -> Self {
        Self { turn: Turn::new(caps.document) }
    }

    /// Takes a document; `None` if it is none of the protocol. The reply is never over before the bytes.
    fn take_document(&mut self, text: &str, out: &mut Events) -> Option<Result<bool, ReadFault>> {
        let answer = scan::read::<Answer<'_>>(text).ok().filter(|answer| answer.is_object)?;
        if let Some(error) = error_of(&answer, text) {
            return Some(Err(ReadFault::ErrorObject(Box::new(error))));
        }
        Some(self.turn.take(&answer, out).map(|()| false))
    }
}
