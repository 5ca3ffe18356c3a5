//! How a reply goes wrong in the middle, and where.

use ek_core::{Error, ErrorKind};

/// What ends a reply in the middle, or leaves something out of it.
///
/// Over HTTP that is what a client sees on the connection; at the trait it is the error that a
/// provider over HTTP makes of it.
///
/// ```
/// use ek_mock::{Fault, MockReply};
///
/// let reset = MockReply::from("High water is at noon.").failing_after(2, Fault::Reset);
/// let endless = MockReply::from("High water").failing_after(1, Fault::Hang);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// The connection is reset. At the trait: `Interrupted`.
    Reset,
    /// The connection is closed although the body is not whole. At the trait: `Interrupted`.
    Cut,
    /// The body ends in order although the reply is not whole, as behind a proxy whose server has
    /// died. At the trait: `Interrupted`; `Malformed` for a stream without a single piece, and for a
    /// reply that is no stream, of which half the JSON is sent.
    End,
    /// Nothing more comes, and the connection stays open. At the trait the call or the stream waits
    /// until its caller gives up; a call with a [`timeout`](ek_core::ChatRequest::timeout) fails then.
    Hang,
    /// A piece comes that is no JSON. At the trait: `Malformed`.
    Malformed,
    /// The stream ends in order without the mark behind its end, `[DONE]` or `message_stop`. A stream
    /// with a finish reason is whole without it, so at the trait, in a reply that is no stream and in
    /// protocols without such a mark this changes nothing. It has no place.
    NoDone,
    /// This error. On the wire `Interrupted` is a [`Cut`](Self::Cut), `Connect` a
    /// [`Reset`](Self::Reset), `Timeout` a [`Hang`](Self::Hang), `Malformed` is
    /// [`Malformed`](Self::Malformed), and all others are an error object in mid-stream, as servers
    /// send it.
    Error(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Where a fault comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultAt {
    /// After this number of pieces of the stream.
    Pieces(usize),
    /// After this number of bytes of the body; on the wire only.
    Byte(usize),
}

impl Fault {
    /// What a provider makes of it after this number of pieces; `None` if the reply goes on or waits.
    pub(crate) fn into_error(self, pieces: usize) -> Option<Error> {
        let interrupted = |why| Some(Error::new(ErrorKind::Interrupted, why));
        match self {
            Self::Reset => interrupted("the connection was reset"),
            Self::Cut => interrupted("the connection was closed before the reply was whole"),
            Self::End if pieces == 0 => {
                Some(Error::new(ErrorKind::Malformed, "the reply ended before it could be read"))
            }
            Self::End => interrupted("the reply ended without a finish reason"),
            Self::Malformed => {
                Some(Error::new(ErrorKind::Malformed, "a piece of the reply is no JSON"))
            }
            Self::Error(error) => Some(error),
            Self::Hang | Self::NoDone => None,
        }
    }
}
