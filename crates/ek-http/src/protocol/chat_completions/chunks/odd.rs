//! Frames that are no single chunk: mended, unwrapped, parted into documents, or outside of any field.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::{Chunks, Events};
use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::json::scan::{self, Raw};
use crate::json::{mend, scalar};
use crate::protocol::body::MAX_WRAPPERS;
use crate::protocol::chat_completions::reply::Envelope;
use crate::protocol::documents::{Framed, documents};

impl Chunks {
    /// A frame that the first pass cannot read, or that has nothing of a chunk at its outside: mended
    /// and unwrapped as a unary reply is, or parted into documents. What cannot be read at all fails
    /// the stream: passing over it would lose text silently.
    pub(crate) fn take_odd(&mut self, data: &[u8], out: &mut Events) -> Result<(), ReadFault> {
        let mended = mend::mend(data);
        let text = mended.trim_ascii();
        if let Ok(document) = scan::read::<Raw<'_>>(text) {
            // A frame that keeps the connection open: `data: ""`.
            let is_silent = scalar::is_silent(Some(document));
            return if is_silent { Ok(()) } else { self.take_document(text, out) };
        }
        for framed in documents(text) {
            match framed {
                Framed::Document(document) => self.take_document(document.get(), out)?,
                Framed::Done => return self.finish(out),
                Framed::Unreadable(rest) => return Err(unfinished(rest)),
            }
        }
        Ok(())
    }

    /// Takes JSON that stands in no field: an error or a chunk. Anything else is passed over, as the
    /// format passes over lines that it does not know.
    pub(crate) fn take_without_field(
        &mut self,
        data: &[u8],
        out: &mut Events,
    ) -> Result<(), ReadFault> {
        let chunk = std::str::from_utf8(data).ok().map(scan::read::<Envelope<'_>>);
        match chunk {
            Some(Ok(chunk)) if chunk.is_chunk() => self.take_chunk(chunk, data, out),
            _ => Ok(()),
        }
    }

    /// Takes one document of a frame. What lies in it is the chunk only if it is one: a side frame may
    /// hold anything, also a text that names the key of a chunk.
    fn take_document(&mut self, document: &str, out: &mut Events) -> Result<(), ReadFault> {
        let mut text = Cow::Borrowed(document);
        for _ in 0..=MAX_WRAPPERS {
            match scan::read::<Envelope<'_>>(&text) {
                Ok(chunk) if chunk.is_chunk() => {
                    return self.take_chunk(chunk, text.as_bytes(), out);
                }
                // Words that only look like JSON, within a side frame.
                Err(_) if text != document && !text.contains("\"choices\"") => break,
                Err(_) => return Err(ReadFault::unreadable_event()),
                Ok(_) => {}
            }
            let Some(inner) = mend::unwrap(&text, "choices") else { break };
            text = inner.into();
        }
        // Pings and the like are objects; a list or a text that holds no chunk is no frame of a reply.
        if document.starts_with(['{', 'n']) {
            let side = scan::read(document).map_err(|_| ReadFault::unreadable_event())?;
            self.take_chunk(side, document.as_bytes(), out)
        } else {
            Err(ReadFault::unreadable_event())
        }
    }
}

/// The fault of a text that is no document from its beginning to its end. An error that a server
/// writes behind a document that it left open is the reason.
fn unfinished(rest: &str) -> ReadFault {
    let lines = rest.lines().flat_map(|line| line.split("data:")).skip(1).map(str::trim);
    for line in lines.filter(|line| line.starts_with('{')) {
        let chunk = scan::read::<Envelope<'_>>(line).ok();
        if let Some(error) = chunk.and_then(|chunk| error_of(&chunk, line.as_bytes())) {
            return ReadFault::ErrorObject(Box::new(error));
        }
    }
    let fault = serde_json::from_str::<IgnoredAny>(rest).err();
    let ends_early = fault.is_some_and(|fault| fault.is_eof());
    if ends_early || "[DONE]".starts_with(rest) {
        ReadFault::CutOff
    } else {
        ReadFault::unreadable_event()
    }
}

/// What a chunk says of an error.
pub(crate) fn error_of(chunk: &Envelope<'_>, data: &[u8]) -> Option<ErrorBody> {
    chunk.error().or_else(|| chunk.is_flat_error().then(|| ErrorBody::read(data)))
}
