//! Answers that are said in terms of HTTP: errors with headers and a body of their own, and responses
//! that the script does not model.

use std::fmt;
use std::time::Duration;

use ek_core::Error;

/// An error, and what it is on the wire if the usual form will not do.
///
/// At the trait only the error counts. On the wire the status is the error's own
/// ([`Error::with_status`]), else the usual one of its kind; without a body of its own it has the error
/// object of the protocol with the error's message and code; its `retry_after` is sent as a header, or in
/// the body where the protocol has it there.
///
/// | kind | on the wire |
/// | --- | --- |
/// | `Rejected` | 400 |
/// | `RateLimited` | 429 |
/// | `QuotaExhausted` | 429, said as the protocol says it: `insufficient_quota`, `billing_error`, a quota of a day |
/// | `Server` | 500 |
/// | `Timeout` | no answer, the connection stays open |
/// | `Connect` | a reset in place of an answer (what has read a request cannot refuse it) |
/// | `Interrupted` | the connection is closed in place of an answer |
/// | `Malformed` | 200 with a body that is no JSON |
/// | `TooLarge` | 200, announcing a body of 1 TiB |
/// | any other | 501, not to be retried: no server can make such an error |
///
/// ```
/// use ek_core::{Error, ErrorKind};
/// use ek_mock::{ErrorReply, MockProvider};
///
/// let busy = Error::new(ErrorKind::RateLimited, "slow down").with_status(429);
/// let reply = ErrorReply::new(busy)
///     .with_header("retry-after-ms", "250")
///     .with_body(r#"{"error": "slow down"}"#);
/// let provider = MockProvider::new([reply]);
/// ```
#[derive(Clone)]
#[must_use]
pub struct ErrorReply {
    pub(crate) error: Error,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
}

impl ErrorReply {
    /// This error in its usual form.
    pub fn new(error: Error) -> Self {
        Self { error, headers: Vec::new(), body: None }
    }

    /// Adds a header.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }
}

/// A response of HTTP as it is: for what a script does not model. On the wire only; at the trait a call
/// that gets it fails with `Unsupported`.
///
/// The length of the body is added to the headers. Pauses, cuts and faults at a byte apply.
///
/// ```
/// use ek_mock::{RawReply, Script};
///
/// let page = RawReply::new(502)
///     .with_header("content-type", "text/html")
///     .with_body("<html>Bad Gateway</html>");
/// let script = Script::cycling([page]);
/// ```
#[derive(Clone)]
#[must_use]
pub struct RawReply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Where pieces begin, in bytes, and how long each comes after what is before it.
    pub(crate) pieces: Vec<(usize, Duration)>,
}

impl RawReply {
    /// A response with this status, no headers and no body.
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), pieces: Vec::new() }
    }

    /// Adds a header.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body: any bytes.
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.pieces.clear();
        self
    }

    /// Adds a piece to the body that comes so long after what is before it: a write of its own, as
    /// servers send theirs. For bodies that are to keep a rhythm of their own; a reply's
    /// [`Cuts`](crate::Cuts) and pause do not apply to them.
    ///
    /// ```
    /// use ek_mock::RawReply;
    /// use std::time::Duration;
    ///
    /// let slow = RawReply::new(200)
    ///     .with_header("content-type", "text/event-stream")
    ///     .with_piece(Duration::ZERO, ": thinking\n\n")
    ///     .with_piece(Duration::from_secs(20), "data: [DONE]\n\n");
    /// ```
    pub fn with_piece(mut self, wait: Duration, bytes: impl Into<Vec<u8>>) -> Self {
        self.pieces.push((self.body.len(), wait));
        self.body.extend(bytes.into());
        self
    }
}

impl fmt::Debug for ErrorReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorReply").field("error", &self.error).finish_non_exhaustive()
    }
}

impl fmt::Debug for RawReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawReply")
            .field("status", &self.status)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}
