//! The events of a streamed reply.
//!
//! A stop reason or `message_stop` makes the reply whole. What follows a stop reason undoes nothing;
//! nothing is read after `message_stop`.

use std::collections::VecDeque;

use ek_core::{LlmResponse, StreamEvent};

mod event;
#[cfg(test)]
mod properties;

use super::block::Kind;
use super::counts::Counts;
use super::message::Message;
use super::reply;
use super::turn::Turn;
use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::json::scalar;
use crate::json::scan::{self, Raw};
use crate::protocol::{Caps, ChunkReader, frames, whole};
use crate::sse::SseEvent;
use event::{Delta, Event, EventKind};

type Events = VecDeque<StreamEvent>;

/// The reply in the making.
#[derive(Debug)]
pub(super) struct Chunks {
    turn: Turn,
    /// The beginning of the message was seen.
    has_begun: bool,
}

impl ChunkReader for Chunks {
    fn take(&mut self, event: &SseEvent<'_>, out: &mut Events) -> Result<(), ReadFault> {
        let taken = self.take_event(event, out);
        frames::behind_the_end(self, taken, out)
    }

    fn end(&mut self, out: &mut Events) -> Result<(), ReadFault> {
        let reply = self.turn.finish(out)?;
        out.extend(whole::ends(reply));
        Ok(())
    }

    fn is_whole(&self) -> bool {
        self.turn.has_stop_reason()
    }

    fn partial(&self) -> LlmResponse {
        self.turn.partial()
    }

    fn error_of(&self, document: &str) -> Option<ErrorBody> {
        error_of(&scan::read::<Event<'_>>(document).ok()?, document)
    }
}

/// What an event says of an error. Gateways have errors of their own, which may be no more than a
/// message and a code.
fn error_of(event: &Event<'_>, text: &str) -> Option<ErrorBody> {
    match event.kind() {
        EventKind::Error => Some(ErrorBody::read(text.as_bytes())),
        EventKind::Unnamed => ErrorBody::of_document(text).filter(ErrorBody::says_something),
        _ => None,
    }
}

impl Chunks {
    /// Keeps at most `caps.document` bytes.
    pub(super) fn new(caps: Caps) -> Self {
        Self { turn: Turn::new(caps.document), has_begun: false }
    }

    fn take_event(&mut self, event: &SseEvent<'_>, out: &mut Events) -> Result<(), ReadFault> {
        frames::each(event, |text| {
            let event = scan::read::<Event<'_>>(text).ok().filter(|event| !event.is_other)?;
            let taken = self.take_read(text, event, out);
            Some(taken.map(|()| matches!(out.back(), Some(StreamEvent::Done(_)))))
        })
    }

    fn take_read(
        &mut self,
        text: &str,
        event: Event<'_>,
        out: &mut Events,
    ) -> Result<(), ReadFault> {
        let index = event.index.and_then(scalar::count);
        let kind = event.kind();
        // Some gateways count at the very end, and some put zeros where there are no counts.
        let counts = |counts: &&Counts| kind == EventKind::MessageDelta || counts.has_output();
        if let Some(counts) = event.usage.as_ref().filter(counts) {
            self.turn.counts.update(counts);
        }
        match kind {
            EventKind::MessageStart => self.begin(event.message, out)?,
            EventKind::BlockStart => {
                let opened = self.turn.open(index, event.block.map_or("{}", Raw::get))?;
                out.extend(opened);
            }
            EventKind::BlockDelta => {
                if let Some(delta) = event.delta {
                    self.take_delta(index, &delta, text, out)?;
                }
            }
            EventKind::BlockStop => self.turn.close(index, out),
            EventKind::MessageDelta => {
                let refusal = event.delta.and_then(|delta| self.turn.stop(&delta.stop));
                out.extend(refusal);
            }
            EventKind::MessageStop => {
                if !self.has_begun && !self.turn.has_blocks() && !self.is_whole() {
                    return Err(ReadFault::malformed("the stream ended without a reply"));
                }
                return self.end(out);
            }
            EventKind::Error | EventKind::Unnamed => {
                if let Some(error) = error_of(&event, text) {
                    return Err(ReadFault::ErrorObject(Box::new(error)));
                }
            }
            EventKind::Other => {}
        }
        Ok(())
    }

    /// Takes the beginning of the message. The same message again is passed over, as gateways send it
    /// that try again; another one means that two replies were spliced.
    fn begin(&mut self, message: Option<Raw<'_>>, out: &mut Events) -> Result<(), ReadFault> {
        let message = message.map(|raw| scan::read::<Message<'_>>(raw.get()));
        let message = message.and_then(Result::ok).unwrap_or_default();
        if self.has_begun {
            return match (&self.turn.id, message.id()) {
                (Some(old), Some(new)) if *old != new && self.is_whole() => self.end(out),
                (Some(old), Some(new)) if *old != new => {
                    Err(ReadFault::malformed("the stream holds the beginnings of two replies"))
                }
                _ => Ok(()),
            };
        }
        self.has_begun = true;
        self.turn.start(message.stop());
        reply::take(&message, &mut self.turn, out)
    }

    fn take_delta(
        &mut self,
        index: Option<u64>,
        delta: &Delta<'_>,
        text: &str,
        out: &mut Events,
    ) -> Result<(), ReadFault> {
        let turn = &mut self.turn;
        let (target, piece) = match delta.kind() {
            "\"text_delta\"" => ((Kind::Text, "text"), delta.text),
            "\"thinking_delta\"" => ((Kind::Thinking, "thinking"), delta.thinking.or(delta.text)),
            "\"input_json_delta\"" => ((Kind::Call, "input"), delta.partial_json),
            "\"signature_delta\"" => ((Kind::Thinking, "thinking"), None),
            "\"citations_delta\"" => ((Kind::Text, "text"), None),
            kind => return self.take_own_delta(index, kind, text),
        };
        if let Some(piece) = piece {
            turn.push(index, target, piece, out)?;
        }
        // Some servers send these beside the text that they belong to.
        if let (Some(signature), Kind::Thinking) = (delta.signature, target.0) {
            turn.replace(index, Kind::Thinking, "signature", signature)?;
        }
        if let (Some(citation), Kind::Text) = (delta.citation, target.0) {
            turn.cite(index, citation)?;
        }
        Ok(())
    }

    /// Takes a delta of a type that is not known: where it is that of its block (`compaction_delta` of a
    /// `compaction`), it sets the block's fields; any other one is passed over.
    fn take_own_delta(
        &mut self,
        index: Option<u64>,
        kind: &str,
        text: &str,
    ) -> Result<(), ReadFault> {
        let Some(own) = kind.strip_suffix("_delta\"").and_then(|kind| kind.strip_prefix('"'))
        else {
            return Ok(());
        };
        if !self.turn.is_of_type(index, own) {
            return Ok(());
        }
        let mut fields: Vec<(String, Raw<'_>)> = Vec::new();
        let _ = scan::entries(text, |key, value| {
            if key != "delta" || value.peek()? != b'{' {
                return value.skip();
            }
            value.entries(|key, value| {
                fields.push((key.to_owned(), value.value()?));
                Ok(())
            })
        });
        for (key, value) in fields.iter().filter(|(key, _)| key != "type") {
            self.turn.replace(index, Kind::Other, key, *value)?;
        }
        Ok(())
    }
}
