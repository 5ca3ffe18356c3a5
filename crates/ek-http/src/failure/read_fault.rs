//! Why bytes are no reply, before it is known with which answer they came.

use bytes::Bytes;
use ek_core::Error;

use super::body::ErrorBody;

/// Why bytes are no reply.
#[derive(Debug)]
pub(crate) enum ReadFault {
    /// An error object in place of a reply, or beside it.
    ErrorObject(Box<ErrorBody>),
    /// The document ends too early.
    CutOff,
    /// A cap was passed.
    TooLarge(String),
    /// An error with a text and a kind of its own.
    Core(Error),
    /// A text in place of a stream: its words.
    Text(String),
    /// No document but a stream of events, which is to be read as one.
    Events(Bytes),
    /// Anything else; the text is ours and quotes nothing of the body.
    Malformed(String),
}

impl ReadFault {
    pub(crate) fn malformed(why: &str) -> Self {
        Self::Malformed(why.to_owned())
    }

    /// An event that cannot be read.
    pub(crate) fn unreadable_event() -> Self {
        Self::malformed("a frame of the stream is not readable JSON")
    }
}
