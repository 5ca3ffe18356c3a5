//! The classes of failure. One place says for each of them whether trying again can help.

use std::fmt;

/// What kind of failure an [`Error`](crate::Error) is.
///
/// New kinds may be added: match with a wildcard arm, or ask
/// [`Error::is_retryable`](crate::Error::is_retryable).
///
/// ```
/// use ek_core::{Error, ErrorKind};
///
/// fn status_for_the_browser(error: &Error) -> u16 {
///     match error.kind() {
///         ErrorKind::RateLimited | ErrorKind::BudgetExhausted => 429,
///         ErrorKind::Timeout => 504,
///         _ => 502,
///     }
/// }
/// assert_eq!(status_for_the_browser(&Error::new(ErrorKind::Timeout, "120 s")), 504);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting or an argument is wrong. Not retried.
    Config,
    /// The provider or this value of it cannot do what was asked (tools, for example). Not retried.
    Unsupported,
    /// The provider refused the request: HTTP 400, 401, 403, 404, 405, 407, 410, 413, 422 or a
    /// redirect. Not retried.
    Rejected,
    /// The account's quota or credit is used up, and waiting does not help: HTTP 402, or any status
    /// whose body says so. Not retried.
    QuotaExhausted,
    /// Too many requests (HTTP 429). Retried, not before
    /// [`Error::retry_after`](crate::Error::retry_after).
    RateLimited,
    /// The provider failed: HTTP 5xx, 408, 409, another 4xx, or an error object under HTTP 200 that
    /// names no other class. Retried, unless the request was
    /// [too long for the model](crate::Error::is_context_overflow).
    Server,
    /// A limit in time passed: connecting, waiting for the first byte, the attempt, or an idle stream.
    /// Retried.
    Timeout,
    /// No connection could be made: refused, unknown host, or an unusable proxy. Retried.
    Connect,
    /// TLS failed: certificate, host name, version, or a server that does not speak it. Not retried.
    Tls,
    /// The connection ended before the answer was whole. Retried, except after a stream has
    /// delivered an item.
    Interrupted,
    /// The answer could not be read: not HTTP, not JSON, no choices. Retried, except for an HTML page.
    Malformed,
    /// A cap on size was passed. Not retried.
    TooLarge,
    /// The budget of calls, tokens or money does not cover another call. Not retried.
    BudgetExhausted,
    /// The samples of a consensus did not agree, or none could vote. Not retried.
    ConsensusFailed,
    /// A loop reached its limit of rounds. Not retried.
    MaxIterations,
}

impl ErrorKind {
    /// Whether errors of this kind are worth another attempt, by the kind alone.
    ///
    /// [`Error::is_retryable`](crate::Error::is_retryable) also knows what the server said.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Server
                | Self::Timeout
                | Self::Connect
                | Self::Interrupted
                | Self::Malformed
        )
    }

    /// Whether a request that failed this way may have been carried out (and billed) all the same,
    /// where nothing more precise is known.
    pub(crate) const fn may_have_executed(self) -> bool {
        matches!(
            self,
            Self::Server | Self::Timeout | Self::Interrupted | Self::Malformed | Self::TooLarge
        )
    }

    /// The words that open an error's text.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Config => "configuration error",
            Self::Unsupported => "unsupported",
            Self::Rejected => "request rejected",
            Self::QuotaExhausted => "quota exhausted",
            Self::RateLimited => "rate limited",
            Self::Server => "provider error",
            Self::Timeout => "timed out",
            Self::Connect => "connection failed",
            Self::Tls => "TLS failed",
            Self::Interrupted => "connection interrupted",
            Self::Malformed => "malformed reply",
            Self::TooLarge => "too large",
            Self::BudgetExhausted => "budget exhausted",
            Self::ConsensusFailed => "no consensus",
            Self::MaxIterations => "iteration limit reached",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
