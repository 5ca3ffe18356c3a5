//! The reader of a streamed reply: what every protocol brings for its own events.

use std::collections::VecDeque;
use std::fmt;

use ek_core::{LlmResponse, StreamEvent};

use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::json::scan::{self, Raw};
use crate::sse::{SseDecoder, SseEvent};

/// Turns the events of a protocol into the events of a reply. Does no IO and knows no clock.
///
/// `out` gets what there is to show, in order. The last event is [`StreamEvent::Done`]; after it, and
/// after a fault, nothing more is given to the reader.
pub(crate) trait ChunkReader: fmt::Debug + Send {
    /// Takes one event.
    ///
    /// # Errors
    /// The fault. [`ReadFault::CutOff`] says that the event ends in the middle of its document: the next
    /// one may tell why.
    fn take(
        &mut self,
        event: &SseEvent<'_>,
        out: &mut VecDeque<StreamEvent>,
    ) -> Result<(), ReadFault>;

    /// A fast path: takes the next event of the decoder, if it is one that needs no decoding. `None` if
    /// it does; else the event that it gives, if that is not in `out`.
    fn take_ahead(
        &mut self,
        _: &mut SseDecoder,
        _: &mut VecDeque<StreamEvent>,
    ) -> Option<Result<Option<StreamEvent>, ReadFault>> {
        None
    }

    /// Takes the end of the bytes. Not called unless the reply [is whole](Self::is_whole).
    ///
    /// # Errors
    /// The fault of a reply that cannot be put together.
    fn end(&mut self, out: &mut VecDeque<StreamEvent>) -> Result<(), ReadFault>;

    /// Whether what came so far is a whole reply, although more may follow.
    fn is_whole(&self) -> bool;

    /// What came so far.
    fn partial(&self) -> LlmResponse;

    /// The error that a document of an event is, if it is one. In many protocols each event has a `type`,
    /// which is no word of an error by itself.
    fn error_of(&self, document: &str) -> Option<ErrorBody>;

    /// The error that an event is, if it is one: asked where the event before it broke off.
    fn error_in(&self, event: &SseEvent<'_>) -> Option<ErrorBody> {
        if event.is_error {
            return Some(ErrorBody::read(event.data));
        }
        let text = std::str::from_utf8(event.data).ok()?;
        // Google writes errors in a list as well.
        let items: Vec<Raw<'_>> = scan::read(text).unwrap_or_default();
        let mut documents = items.iter().map(|item| item.get()).chain([text]);
        documents.find_map(|document| self.error_of(document))
    }

    /// Switches the fast path off, as far as there is one.
    #[cfg(any(test, fuzzing))]
    fn switch_off_fast_path(&mut self) {}

    /// How many events took the fast path: those within one that was decoded, and whole ones.
    #[cfg(test)]
    fn fast_path_count(&self) -> (usize, usize) {
        (0, 0)
    }
}

/// The limits of what is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caps {
    /// The largest event, in bytes.
    pub(crate) event: usize,
    /// The largest document, where the answer is one.
    pub(crate) document: usize,
}
