//! One opaque error for every provider: a kind to decide by, data by accessor, nothing secret inside.

mod debug;
mod kind;
mod text;

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use kind::ErrorKind;
use text::{MAX_MESSAGE_BYTES, MAX_TOKEN_BYTES, clean};

use crate::{LlmResponse, Message, Spend};

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Arc<dyn std::error::Error + Send + Sync + 'static>;

/// What went wrong with a call.
///
/// One word wide and cheap to clone. `Display` prints one level; causes are reached through
/// [`source`](std::error::Error::source). `Debug` prints the text with its causes, which is what a
/// `main` that returns a [`Result`] shows; `{:#?}` prints the fields. Texts are redacted with
/// [`redact`](crate::redact()), capped at 1 KiB and free of control characters, so an error can be
/// logged as it is.
///
/// ```
/// use ek_core::{Error, ErrorKind};
/// use std::time::Duration;
///
/// let error = Error::new(ErrorKind::RateLimited, "HTTP 429: slow down, Bearer abc123def")
///     .with_status(429)
///     .with_retry_after(Duration::from_secs(2));
/// assert!(error.is_retryable());
/// assert_eq!(error.to_string(), "HTTP 429: slow down, Bearer [REDACTED]");
/// ```
#[derive(Clone)]
pub struct Error {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    retryable: Option<bool>,
    may_have_executed: Option<bool>,
    attempts: u32,
    spend: Spend,
    partial: Option<Box<LlmResponse>>,
    transcript: Option<Arc<[Message]>>,
    detail: Option<Arc<dyn Any + Send + Sync>>,
    source: Option<Source>,
}

impl Error {
    /// The [`code`](Self::code) of a request that is too long for the model, from every provider.
    pub const CONTEXT_OVERFLOW: &'static str = "context_length_exceeded";

    /// An error of this kind. The message is redacted, capped at 1 KiB and escaped.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl AsRef<str>) -> Self {
        Self::with_message(kind, message.as_ref())
    }

    // Apart from its generic doors, so that it is in a program once.
    #[cold]
    fn with_message(kind: ErrorKind, message: &str) -> Self {
        let message = clean(message, MAX_MESSAGE_BYTES);
        Self {
            inner: Arc::new(Inner {
                kind,
                message,
                status: None,
                code: None,
                request_id: None,
                retry_after: None,
                retryable: None,
                may_have_executed: None,
                attempts: 1,
                spend: Spend::default(),
                partial: None,
                transcript: None,
                detail: None,
                source: None,
            }),
        }
    }

    /// The class of the failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Whether another attempt may succeed: by [`kind`](Self::kind), unless the server said otherwise
    /// (`x-should-retry`), a stream had already delivered an item, the answer was a page of HTML, or the
    /// request was too long for the model.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.inner.retryable.unwrap_or(self.inner.kind.is_retryable())
    }

    /// Whether the provider may have done (and billed) the work although the call failed. A retry may
    /// then buy it twice.
    #[must_use]
    pub fn may_have_executed(&self) -> bool {
        self.inner.may_have_executed.unwrap_or(self.inner.kind.may_have_executed())
    }

    /// The HTTP status, where an answer came.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.inner.status
    }

    /// The provider's own code for the error, such as `model_not_found`; at most 128 bytes. A number
    /// that only repeats the HTTP status gives way to the error's type.
    ///
    /// A request that is too long for the model has [`CONTEXT_OVERFLOW`](Self::CONTEXT_OVERFLOW),
    /// whatever the provider calls it.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.inner.code.as_deref()
    }

    /// Whether the request was too long for the model. A shorter one, or a model with a longer context,
    /// may succeed.
    ///
    /// ```
    /// use ek_core::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Rejected, "HTTP 400").with_code(Error::CONTEXT_OVERFLOW);
    /// assert!(error.is_context_overflow() && !error.is_retryable());
    /// ```
    #[must_use]
    pub fn is_context_overflow(&self) -> bool {
        self.code() == Some(Self::CONTEXT_OVERFLOW)
    }

    /// How long the server asks to wait, from the moment of the answer.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// The id under which the provider logs the request; at most 128 bytes.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// How many requests were made for this call, the first one counted. A provider makes one.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// What the call cost up to the error.
    #[must_use]
    pub fn spend(&self) -> Spend {
        self.inner.spend
    }

    /// What had been delivered before the error.
    #[must_use]
    pub fn partial(&self) -> Option<&LlmResponse> {
        self.inner.partial.as_deref()
    }

    /// The conversation up to the error, where a loop keeps one.
    #[must_use]
    pub fn transcript(&self) -> Option<&[Message]> {
        self.inner.transcript.as_deref()
    }

    /// What a pattern attached to the error, by its type.
    #[must_use]
    pub fn detail<T: Any>(&self) -> Option<&T> {
        self.inner.detail.as_deref()?.downcast_ref()
    }

    fn edit(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(self.own());
        self
    }

    // As above; a copy of a reply is part of it.
    #[inline(never)]
    fn own(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.inner)
    }

    /// Puts what the error is about before its message: the place of an input, for example. The text is
    /// redacted and cut as the message is.
    ///
    /// ```
    /// use ek_core::{Error, ErrorKind};
    /// let error = Error::new(ErrorKind::Rejected, "HTTP 400: too long").with_status(400);
    /// assert_eq!(error.with_context("input 37").to_string(), "input 37: HTTP 400: too long");
    /// ```
    #[must_use]
    pub fn with_context(self, context: impl AsRef<str>) -> Self {
        let message = clean(&format!("{}: {self}", context.as_ref()), MAX_MESSAGE_BYTES);
        self.edit(|e| e.message = message)
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        self.edit(|e| e.status = Some(status))
    }

    /// Sets the provider's own code; redacted and cut at 128 bytes.
    #[must_use]
    pub fn with_code(self, code: impl AsRef<str>) -> Self {
        let code = clean(code.as_ref(), MAX_TOKEN_BYTES);
        self.edit(|e| e.code = Some(code))
    }

    /// Sets the provider's request id; redacted and cut at 128 bytes.
    #[must_use]
    pub fn with_request_id(self, id: impl AsRef<str>) -> Self {
        let id = clean(id.as_ref(), MAX_TOKEN_BYTES);
        self.edit(|e| e.request_id = Some(id))
    }

    /// Sets how long the server asks to wait.
    #[must_use]
    pub fn with_retry_after(self, delay: Duration) -> Self {
        self.edit(|e| e.retry_after = Some(delay))
    }

    /// Overrides whether the error is retryable.
    #[must_use]
    pub fn with_retryable(self, retryable: bool) -> Self {
        self.edit(|e| e.retryable = Some(retryable))
    }

    /// Overrides whether the provider may have done the work.
    #[must_use]
    pub fn with_may_have_executed(self, may: bool) -> Self {
        self.edit(|e| e.may_have_executed = Some(may))
    }

    /// Sets how many requests were made, the first one counted.
    #[must_use]
    pub fn with_attempts(self, attempts: u32) -> Self {
        self.edit(|e| e.attempts = attempts)
    }

    /// Sets what was spent up to the error.
    #[must_use]
    pub fn with_spend(self, spend: Spend) -> Self {
        self.edit(|e| e.spend = spend)
    }

    /// Keeps what had been delivered before the error.
    #[must_use]
    pub fn with_partial(self, partial: LlmResponse) -> Self {
        self.edit(|e| e.partial = Some(Box::new(partial)))
    }

    /// Keeps the conversation up to the error.
    #[must_use]
    pub fn with_transcript(self, transcript: impl Into<Arc<[Message]>>) -> Self {
        let transcript = transcript.into();
        self.edit(|e| e.transcript = Some(transcript))
    }

    /// Attaches a value that [`detail`](Self::detail) gives back.
    #[must_use]
    pub fn with_detail<T: Any + Send + Sync>(self, detail: T) -> Self {
        self.edit(|e| e.detail = Some(Arc::new(detail)))
    }

    /// Keeps the cause. Its texts are shown as they are: pass none that may hold a secret, a prompt
    /// or a reply (serde's errors quote the data).
    #[must_use]
    pub fn with_source(self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.edit(|e| e.source = Some(Arc::new(source)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.inner.message.is_empty() {
            return self.inner.kind.fmt(f);
        }
        f.write_str(&self.inner.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_deref().map(|s| s as _)
    }
}

/// So that `TryInto` bounds accept values that need no conversion.
impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_word_wide_and_travels_between_threads() {
        fn travels<T: Send + Sync + Clone + 'static>() {}
        travels::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }

    #[test]
    fn display_prints_one_level_and_the_cause_is_the_source() {
        let cause = std::io::Error::other("cause");
        let error = Error::new(ErrorKind::Connect, "cannot reach the host").with_source(cause);
        assert_eq!(error.to_string(), "cannot reach the host");
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("cause"));
    }

    #[test]
    fn without_a_message_the_kind_speaks() {
        assert_eq!(Error::new(ErrorKind::Server, "").to_string(), "provider error");
    }

    #[test]
    fn the_server_overrides_the_class_on_retrying() {
        let error = Error::new(ErrorKind::Rejected, "HTTP 400");
        assert!(!error.is_retryable());
        assert!(error.clone().with_retryable(true).is_retryable());
        assert!(!error.is_retryable(), "the clone was changed, not the original");
    }

    #[test]
    fn a_detail_comes_back_by_its_type_only() {
        let error = Error::new(ErrorKind::ConsensusFailed, "").with_detail(vec![1u8, 2]);
        assert_eq!(error.detail::<Vec<u8>>(), Some(&vec![1, 2]));
        assert_eq!(error.detail::<String>(), None);
    }
}
