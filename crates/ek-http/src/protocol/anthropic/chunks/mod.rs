//! The events of a streamed reply.
//!
//! A stop reason or `message_stop` makes the reply whole. What follows a stop reason undoes nothing;
//! nothing is read after `message_stop`.

use std::collections::VecDeque;

use ek_core::{LlmResponse, StreamEvent};
use serde::de::IgnoredAny;

mod event;
#[cfg(test)]
mod properties;

use super::block::Kind;
use super::message::Message;
use super::reply;
use super::turn::Turn;
use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::json::scan::{self, Raw};
use crate::json::{mend, scalar};
use crate::protocol::documents::{Framed, documents, is_done};
use crate::protocol::{Caps, ChunkReader, whole};
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
        match taken {
            // What follows a stop reason undoes nothing: an error ends the reply, the rest is passed over.
            Err(ReadFault::ErrorObject(_)) if self.is_whole() => self.end(out),
            Err(ReadFault::CutOff | ReadFault::Malformed(_)) if self.is_whole() => Ok(()),
            taken => taken,
        }
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

    // Every event has a `type`, which is no word of an error by itself.
    fn error_in(&self, event: &SseEvent<'_>) -> Option<ErrorBody> {
        if event.is_error {
            return Some(ErrorBody::read(event.data));
        }
        let text = std::str::from_utf8(event.data).ok()?;
        error_of(&scan::read::<Event<'_>>(text).ok()?, text)
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
        let data = event.data;
        if event.is_error {
            return Err(ReadFault::ErrorObject(Box::new(ErrorBody::read(data))));
        }
        // The end mark of another protocol, which some gateways add; it is none here.
        if is_done(data) {
            return Ok(());
        }
        let text = std::str::from_utf8(data).ok();
        match text.and_then(|text| Some((text, scan::read::<Event<'_>>(text).ok()?))) {
            Some((text, read)) if read.is_object => self.take_read(text, read, out),
            // JSON outside of any field: passed over, as the format passes over lines that it does not know.
            _ if event.is_aside => Ok(()),
            _ => self.take_odd(data, out),
        }
    }

    /// Takes a frame that is no single object: mended, or parted into documents. What cannot be read at
    /// all fails the stream: passing over it would lose text silently.
    fn take_odd(&mut self, data: &[u8], out: &mut Events) -> Result<(), ReadFault> {
        let mended = mend::mend(data);
        let text = std::str::from_utf8(mended.trim_ascii()).unwrap_or_default();
        for framed in documents(text) {
            match framed {
                Framed::Document(document) => {
                    let text = document.get();
                    let read = scan::read::<Event<'_>>(text).ok().filter(|read| read.is_object);
                    let Some(read) = read else { return Err(ReadFault::unreadable_event()) };
                    self.take_read(text, read, out)?;
                    if matches!(out.back(), Some(StreamEvent::Done(_))) {
                        return Ok(());
                    }
                }
                Framed::Done => {}
                Framed::Unreadable(rest) => {
                    let fault = serde_json::from_str::<IgnoredAny>(rest).err();
                    let is_cut = fault.is_some_and(|fault| fault.is_eof());
                    return Err(if is_cut {
                        ReadFault::CutOff
                    } else {
                        ReadFault::unreadable_event()
                    });
                }
            }
        }
        Ok(())
    }

    fn take_read(
        &mut self,
        text: &str,
        event: Event<'_>,
        out: &mut Events,
    ) -> Result<(), ReadFault> {
        let index = event.index.and_then(scalar::count);
        match event.kind() {
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
                if let Some(counts) = &event.usage {
                    self.turn.counts.update(counts);
                }
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
            "\"thinking_delta\"" => ((Kind::Thinking, "thinking"), delta.thinking),
            "\"input_json_delta\"" => ((Kind::Call, "input"), delta.partial_json),
            "\"signature_delta\"" => {
                return delta.signature.map_or(Ok(()), |signature| {
                    turn.replace(index, Kind::Thinking, "signature", signature)
                });
            }
            "\"citations_delta\"" => {
                return delta.citation.map_or(Ok(()), |citation| turn.cite(index, citation));
            }
            kind => return self.take_own_delta(index, kind, text),
        };
        piece.map_or(Ok(()), |piece| turn.push(index, target, piece, out))
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
