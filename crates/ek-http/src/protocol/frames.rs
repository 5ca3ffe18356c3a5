//! What every protocol does with an event of a stream: read the document in it, else mend it or part it
//! into several, else say what is wrong with it.

use serde::de::IgnoredAny;

use super::documents::{Framed, documents, is_done};
use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::json::mend;
use crate::json::scan::{self, Raw};
use crate::sse::SseEvent;

/// What follows the end of a reply undoes nothing: an error ends the reply, the rest is passed over.
///
/// # Errors
/// What was taken, where the reply is not whole.
#[cfg(any(feature = "anthropic", feature = "gemini"))]
pub(super) fn behind_the_end(
    reader: &mut impl super::ChunkReader,
    taken: Result<(), ReadFault>,
    out: &mut std::collections::VecDeque<ek_core::StreamEvent>,
) -> Result<(), ReadFault> {
    match taken {
        Err(ReadFault::ErrorObject(_)) if reader.is_whole() => reader.end(out),
        Err(ReadFault::CutOff | ReadFault::Malformed(_)) if reader.is_whole() => Ok(()),
        taken => taken,
    }
}

/// Gives each document of an event to `take`, until it says that the reply is over; it gives `None` for
/// what is no event of the protocol. The mark `[DONE]` is passed over.
///
/// # Errors
/// The fault of `take`, the error that the event is, or what is wrong with it: passing over a broken
/// frame would lose text silently.
pub(super) fn each(
    event: &SseEvent<'_>,
    mut take: impl FnMut(&str) -> Option<Result<bool, ReadFault>>,
) -> Result<(), ReadFault> {
    let data = event.data;
    if event.is_error {
        return Err(ReadFault::ErrorObject(Box::new(ErrorBody::read(data))));
    }
    if is_done(data) {
        return Ok(());
    }
    let text = std::str::from_utf8(data).ok();
    if let Some(taken) = text.and_then(&mut take) {
        return taken.map(|_| ());
    }
    // JSON outside of any field: passed over, as the format passes over lines that it does not know, but
    // for an error, which Google writes there and in a list.
    if event.has_no_field {
        let error = text.and_then(ErrorBody::of_document).filter(ErrorBody::says_something);
        return error.map_or(Ok(()), |error| Err(ReadFault::ErrorObject(Box::new(error))));
    }
    let mended = mend::mend(data);
    for framed in documents(mended.trim_ascii()) {
        match framed {
            Framed::Document(document) => {
                for document in items(document) {
                    let taken = take(document.get()).ok_or_else(ReadFault::unreadable_event)?;
                    if taken? {
                        return Ok(());
                    }
                }
            }
            Framed::Done => {}
            Framed::Unreadable(rest) => {
                let fault = serde_json::from_str::<IgnoredAny>(rest).err();
                return Err(match fault.is_some_and(|fault| fault.is_eof()) {
                    true => ReadFault::CutOff,
                    false => ReadFault::unreadable_event(),
                });
            }
        }
    }
    Ok(())
}

/// The items of a list, or the document itself.
fn items(document: Raw<'_>) -> Vec<Raw<'_>> {
    scan::read(document.get()).unwrap_or_else(|_| vec![document])
}
