//! The events of a streamed reply.
//!
//! `response.completed`, `response.incomplete` and `response.failed` end it, and nothing is read behind
//! them. Texts are keyed by the indices of their item and their part, never by ids: some servers send
//! another id with each event.

use std::collections::VecDeque;

use ek_core::{LlmResponse, StreamEvent};

mod event;
#[cfg(test)]
mod items;
#[cfg(test)]
mod properties;

use super::item::Part;
use super::response::Response;
use super::slot::Place;
use super::turn::{Turn, Which};
use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::json::scalar;
use crate::json::scan;
use crate::protocol::{Caps, ChunkReader, frames, whole};
use crate::sse::SseEvent;
use event::{Event, EventKind};

type Events = VecDeque<StreamEvent>;

/// The reply in the making.
#[derive(Debug)]
pub(super) struct Chunks {
    turn: Turn,
}

impl ChunkReader for Chunks {
    fn take(&mut self, event: &SseEvent<'_>, out: &mut Events) -> Result<(), ReadFault> {
        frames::each(event, |text| {
            let event = scan::read::<Event<'_>>(text).ok().filter(|event| !event.is_other)?;
            let taken = self.take_document(event, text, out);
            Some(taken.map(|()| matches!(out.back(), Some(StreamEvent::Done(_)))))
        })
    }

    /// Not called: the terminal event is the end.
    fn end(&mut self, _: &mut Events) -> Result<(), ReadFault> {
        Err(ReadFault::malformed("the stream ended without a terminal event"))
    }

    fn is_whole(&self) -> bool {
        false
    }

    fn partial(&self) -> LlmResponse {
        self.turn.partial()
    }

    fn error_of(&self, document: &str) -> Option<ErrorBody> {
        error_of(&scan::read::<Event<'_>>(document).ok()?, document)
    }
}

/// What an event says of an error.
fn error_of(event: &Event<'_>, text: &str) -> Option<ErrorBody> {
    match event.kind() {
        // In an object of its own, or flat as the reference has it.
        EventKind::Error => Some(ErrorBody::read(text.as_bytes())),
        // Gateways have errors of their own, which may be no more than a message and a code.
        EventKind::Unnamed => ErrorBody::of_document(text).filter(ErrorBody::says_something),
        EventKind::Terminal(word) => event.response.as_ref()?.error(Some(word)),
        EventKind::Ended => {
            let response = event.response.as_ref()?;
            response.error(response.status().as_deref())
        }
        _ => None,
    }
}

impl Chunks {
    /// Keeps at most `caps.document` bytes.
    pub(super) fn new(caps: Caps) -> Self {
        Self { turn: Turn::new(caps.document) }
    }

    fn take_document(
        &mut self,
        event: Event<'_>,
        text: &str,
        out: &mut Events,
    ) -> Result<(), ReadFault> {
        let index = event.output_index.and_then(scalar::count);
        let which = Which { index, id: event.item_id };
        match event.kind() {
            EventKind::Progress => {
                if let Some(response) = &event.response {
                    self.turn.describe(response);
                }
            }
            EventKind::ItemAdded => {
                if let Some(item) = event.item {
                    self.turn.announce(index, item, out)?;
                }
            }
            EventKind::ItemDone => {
                if let Some(item) = event.item {
                    self.turn.complete(index, item, out)?;
                }
            }
            EventKind::PartDone => self.take_part(which, &event, out)?,
            EventKind::Delta(place) => {
                if let Some(delta) = event.delta {
                    let place = (place, number(&event, place));
                    self.turn.push(which, place, delta, out)?;
                }
            }
            EventKind::Done(place) => {
                if let Some(text) = event.whole_text(place) {
                    let at = (place, number(&event, place));
                    self.turn.settle(which, at, (text, None), out)?;
                }
                if let Some(name) = event.name.filter(|_| place.kind().is_call()) {
                    self.turn.name(which, name);
                }
            }
            EventKind::Annotation => {
                if let Some(annotation) = event.annotation {
                    self.turn.annotate(which, number(&event, Place::Text), annotation)?;
                }
            }
            EventKind::Terminal(word) => {
                let response = event.response.unwrap_or_default();
                let reply = self.turn.finish(&response, Some(word), out)?;
                out.extend(whole::ends(reply));
            }
            EventKind::Ended => {
                if let Some(response) = event.response.filter(Response::has_ended) {
                    let reply = self.turn.finish(&response, None, out)?;
                    out.extend(whole::ends(reply));
                }
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

    /// Takes a part of an item as its end has it.
    fn take_part(
        &mut self,
        which: Which<'_>,
        event: &Event<'_>,
        out: &mut Events,
    ) -> Result<(), ReadFault> {
        let Some(raw) = event.part else { return Ok(()) };
        let part: Part<'_> = scan::read(raw.get()).unwrap_or_default();
        let place = part.kind().and_then(|kind| Place::of_part(&kind));
        let (Some(place), Some(text)) = (place, part.raw_text()) else { return Ok(()) };
        let at = (place, number(event, place));
        self.turn.settle(which, at, (text, Some(raw)), out)
    }
}

/// The number of a text at its place; the first one where the event names none.
fn number(event: &Event<'_>, place: Place) -> u64 {
    event.number(place).and_then(scalar::count).unwrap_or(0)
}
