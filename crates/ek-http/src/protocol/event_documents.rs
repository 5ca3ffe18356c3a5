//! The documents of one event of a stream: mostly one, sometimes mended, several, or a list of them.

use serde::de::IgnoredAny;

use super::documents::{Framed, documents, is_done};
use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::json::mend;
use crate::json::scan::{self, Raw};
use crate::sse::SseEvent;

/// Whether a stream goes on behind a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    GoesOn,
    /// The reply has ended. Nothing more is read.
    Over,
}

/// Gives each document of an event to `take`, which gives `None` for what is no object of the protocol.
/// The end mark of another protocol, which some gateways add, is passed over.
///
/// # Errors
/// That of `take`; the error that the event tells; a fault where it cannot be read, since passing over it
/// would lose text silently.
pub(crate) fn each(
    event: &SseEvent<'_>,
    mut take: impl FnMut(&str) -> Option<Result<Next, ReadFault>>,
) -> Result<(), ReadFault> {
    let data = event.data;
    if event.is_error {
        return Err(ReadFault::ErrorObject(Box::new(ErrorBody::read(data))));
    }
    if is_done(data) {
        return Ok(());
    }
    if let Some(taken) = std::str::from_utf8(data).ok().and_then(&mut take) {
        return taken.map(|_| ());
    }
    // JSON outside of any field: an error is told so, anything else is passed over as the format passes
    // over lines that it does not know.
    if event.is_aside {
        let error = std::str::from_utf8(data).ok().and_then(ErrorBody::of_document);
        return match error.filter(ErrorBody::says_something) {
            Some(error) => Err(ReadFault::ErrorObject(Box::new(error))),
            None => Ok(()),
        };
    }
    let mended = mend::mend(data);
    let text = std::str::from_utf8(mended.trim_ascii()).unwrap_or_default();
    for framed in documents(text) {
        match framed {
            Framed::Document(document) => {
                for document in items(document) {
                    let taken = take(document.get());
                    if taken.unwrap_or_else(|| Err(ReadFault::unreadable_event()))? == Next::Over {
                        return Ok(());
                    }
                }
            }
            Framed::Done => {}
            Framed::Unreadable(rest) => {
                let fault = serde_json::from_str::<IgnoredAny>(rest).err();
                let is_cut = fault.is_some_and(|fault| fault.is_eof());
                return Err(if is_cut { ReadFault::CutOff } else { ReadFault::unreadable_event() });
            }
        }
    }
    Ok(())
}

/// The items of a list, or the document itself.
fn items(document: Raw<'_>) -> Vec<Raw<'_>> {
    scan::read(document.get()).unwrap_or_else(|_| vec![document])
}
