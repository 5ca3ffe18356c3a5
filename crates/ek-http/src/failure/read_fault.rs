//! Why bytes are not a reply. The head of their answer makes an error of it later.

use bytes::Bytes;
use ek_core::Error;

use super::body::ErrorBody;

/// Why bytes are not a reply.
#[derive(Debug)]
pub(crate) enum ReadFault {
    /// An error object in place of a reply or beside it.
    ErrorObject(Box<ErrorBody>),
    /// The document ends too early.
    CutOff,
    /// The body is larger than a cap.
    TooLarge(String),
    /// An error that has its message and its kind.
    Core(Error),
    /// Plain text in place of a stream.
    Text(String),
    /// An event stream in place of a document.
    Events(Bytes),
    /// Anything else. The text is ours and quotes nothing from the body.
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
