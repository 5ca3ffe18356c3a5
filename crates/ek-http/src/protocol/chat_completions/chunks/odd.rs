//! Frames that are no single chunk: mended, unwrapped, parted into documents, or outside of any field.

use serde::de::IgnoredAny;

use super::{Pieces, UNREADABLE};
use crate::failure::body::ErrorBody;
use crate::json::mend;
use crate::json::scan::{self, Raw};
use crate::protocol::chat_completions::reply::documents::{Framed, documents};
use crate::protocol::chat_completions::reply::{Envelope, Fault};
use crate::sse::SseEvent;

impl Pieces {
    /// A frame that the first pass cannot read, or that has nothing of a chunk at its outside: mended
    /// and unwrapped as a unary reply is, or parted into documents. What cannot be read at all fails
    /// the stream: passing over it would lose text silently.
    pub(crate) fn take_odd(&mut self, data: &[u8]) -> Result<(), Fault> {
        let mended = mend::mend(data);
        let text = std::str::from_utf8(mended.trim_ascii()).map_err(|_| unreadable())?;
        if scan::read::<Raw<'_>>(text).is_ok() {
            return self.take_document(text);
        }
        for framed in documents(text) {
            match framed {
                Framed::Document(document) => self.take_document(document.get())?,
                Framed::Done => return self.finish(),
                Framed::Unreadable(rest) => return Err(unfinished(rest)),
            }
        }
        Ok(())
    }

    /// Takes JSON that stands in no field: an error or a chunk. Anything else is passed over, as the
    /// format passes over lines that it does not know.
    pub(crate) fn take_aside(&mut self, data: &[u8]) -> Result<(), Fault> {
        let chunk = std::str::from_utf8(data).ok().map(scan::read::<Envelope<'_>>);
        match chunk {
            Some(Ok(chunk)) if chunk.is_chunk() => self.take_chunk(chunk, data),
            _ => Ok(()),
        }
    }

    /// Takes one document of a frame.
    fn take_document(&mut self, document: &str) -> Result<(), Fault> {
        let inner = mend::unwrap(document.as_bytes());
        let inner = inner.as_deref().map(std::str::from_utf8).transpose();
        let text = inner.map_err(|_| unreadable())?.unwrap_or(document);
        let chunk = scan::read::<Envelope<'_>>(text).map_err(|_| unreadable())?;
        // Pings and the like are objects; a list or a text that holds no chunk is no frame of a reply.
        if text.starts_with(['{', 'n']) {
            self.take_chunk(chunk, text.as_bytes())
        } else {
            Err(unreadable())
        }
    }
}

/// The fault of a text that is no document from its beginning to its end. An error that a server
/// writes behind a document that it left open is the reason.
fn unfinished(rest: &str) -> Fault {
    let lines = rest.lines().flat_map(|line| line.split("data:")).skip(1).map(str::trim);
    for line in lines.filter(|line| line.starts_with('{')) {
        let chunk = scan::read::<Envelope<'_>>(line).ok();
        if let Some(error) = chunk.and_then(|chunk| error_of(&chunk, line.as_bytes())) {
            return Fault::ErrorObject(Box::new(error));
        }
    }
    let fault = serde_json::from_str::<IgnoredAny>(rest).err();
    let ends_early = fault.is_some_and(|fault| fault.is_eof());
    if ends_early || "[DONE]".starts_with(rest) { Fault::CutOff } else { unreadable() }
}

fn unreadable() -> Fault {
    Fault::malformed(UNREADABLE)
}

/// The error that an event tells, if it is one.
pub(crate) fn error_in(event: &SseEvent<'_>) -> Option<ErrorBody> {
    if event.is_error {
        return Some(ErrorBody::read(event.data));
    }
    let text = std::str::from_utf8(event.data).ok()?;
    error_of(&scan::read::<Envelope<'_>>(text).ok()?, event.data)
}

/// What a chunk says of an error.
pub(crate) fn error_of(chunk: &Envelope<'_>, data: &[u8]) -> Option<ErrorBody> {
    chunk.error().or_else(|| chunk.is_flat_error().then(|| ErrorBody::read(data)))
}
