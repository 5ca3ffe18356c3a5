//! Classifies an answer: makes an [`Error`] from its status and error body. No other file classifies.
//!
//! | status | kind |
//! | --- | --- |
//! | 402, or any status if the body says that quota or balance are used up | `QuotaExhausted` |
//! | 3xx, 400, 401, 403, 404, 405, 407, 410, 413, 422 | `Rejected` |
//! | 429 | `RateLimited`; `Rejected` if the request alone is above the limit |
//! | 408, 409, every other 4xx, 5xx | `Server` |
//! | 200 with an error object | by its numeric or well-known code, else `Server` |
//! | anything else | `Malformed` |
//!
//! `x-should-retry` decides whether the error is retryable. A request that is too long for the model has
//! the code [`Error::CONTEXT_OVERFLOW`].

use std::time::{Duration, SystemTime};

use ek_core::{Error, ErrorKind};
use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderName};

use super::body::ErrorBody;
use super::retry_hint::{Hint, of_body, retry_hint, server_time};
use super::words;
use crate::secrets::Secrets;

/// The wait after a 429 that names no wait.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(1);

/// How many characters of a body without a known key are shown.
const MAX_EXCERPT_CHARS: usize = 200;

/// An answer without its body.
pub(crate) struct Answer<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) secrets: &'a Secrets,
    pub(crate) now: SystemTime,
    /// The path of the request, without the query.
    pub(crate) path: &'a str,
}

impl Answer<'_> {
    /// The error of an answer with an error status.
    pub(crate) fn error(&self, body: &[u8]) -> Error {
        let read = ErrorBody::read(body);
        let status = self.status.as_u16();
        let kind = match status {
            300..=399 => ErrorKind::Rejected,
            _ if self.is_exhausted(&read) => ErrorKind::QuotaExhausted,
            _ if words::never_fits(&read) => ErrorKind::Rejected,
            _ => by_status(status),
        };
        let mut message = self.opened(&format!("HTTP {status}"), &read);
        match status {
            300..=399 => message += " (redirects are not followed; check the base URL)",
            401 if kind == ErrorKind::Rejected => message += self.advice_on_the_key(&read),
            404 | 405 if says_nothing_of_the_model(&read) => {
                let path = self.path;
                message +=
                    &format!(" (POST {path}; does the base URL lead to the API, often .../v1?)");
            }
            _ => {}
        }
        self.decorate(kind, message, &read).with_may_have_executed(may_have_executed(status))
    }

    /// The error of an error object under a status of success.
    pub(crate) fn error_object(&self, read: &ErrorBody) -> Error {
        let kind = match read.own_status() {
            _ if self.is_exhausted(read) => ErrorKind::QuotaExhausted,
            _ if words::never_fits(read) => ErrorKind::Rejected,
            Some(status) => by_status(status),
            None if words::is_overflow(read) => ErrorKind::Rejected,
            None => words::by_words(read).unwrap_or(ErrorKind::Server),
        };
        let opening = format!("HTTP {} with an error", self.status.as_u16());
        let message = match read.message.is_some() {
            true => self.opened(&opening, read),
            false => format!("{opening}: an error object without a message"),
        };
        self.decorate(kind, message, read)
    }

    /// The error of an answer that cannot be read as a reply.
    pub(crate) fn malformed(&self, why: &str) -> Error {
        self.fault(ErrorKind::Malformed, why)
    }

    /// What a refused caller looks at first, where the server does not say it.
    fn advice_on_the_key(&self, read: &ErrorBody) -> &'static str {
        if self.secrets.is_empty() {
            " (is an API key missing?)"
        } else if read.message.is_none() || read.is_excerpt {
            " (is the API key one of this server?)"
        } else {
            ""
        }
    }

    /// An error of any kind for this answer.
    pub(crate) fn fault(&self, kind: ErrorKind, why: &str) -> Error {
        // The status of a success does not explain why the rest of it is missing.
        let message = match kind {
            ErrorKind::Timeout | ErrorKind::Interrupted if self.status.is_success() => {
                why.to_owned()
            }
            _ => format!("HTTP {}: {why}", self.status.as_u16()),
        };
        self.decorate(kind, message, &ErrorBody::default())
    }

    /// The server's message behind an opening.
    fn opened(&self, opening: &str, read: &ErrorBody) -> String {
        match read.message.as_deref() {
            Some(said) if read.is_excerpt => format!("{opening}: {}", self.excerpt(said)),
            Some(said) => format!("{opening}: {said}"),
            None => opening.to_owned(),
        }
    }

    /// The beginning of a text. Secrets are masked first, because half a secret is not recognised.
    pub(crate) fn excerpt(&self, text: &str) -> String {
        let text = self.secrets.mask(text);
        match text.char_indices().nth(MAX_EXCERPT_CHARS) {
            Some((end, _)) => format!("{} [truncated]", &text[..end]),
            None => text.into_owned(),
        }
    }

    fn is_exhausted(&self, read: &ErrorBody) -> bool {
        let now = server_time(self.headers, self.now);
        words::is_exhausted(read, of_body(read.says(), now).is_some())
    }

    /// Makes the error, with the details from the status, the headers and the body.
    fn decorate(&self, kind: ErrorKind, message: String, read: &ErrorBody) -> Error {
        let hint = retry_hint(self.headers, read.says(), self.now);
        let message = match &hint {
            Some(Hint { wait, is_in_message: false })
                if kind == ErrorKind::RateLimited && !wait.is_zero() =>
            {
                format!("{message} (retry after {wait:?})")
            }
            _ => message,
        };
        let mut error = Error::new(kind, self.secrets.mask(&message));
        error = error.with_status(self.status.as_u16());
        let hint = hint.map(|hint| hint.wait);
        if let Some(wait) = hint.or((kind == ErrorKind::RateLimited).then_some(DEFAULT_RETRY_AFTER))
        {
            error = error.with_retry_after(wait);
        }
        if matches!(kind, ErrorKind::Rejected | ErrorKind::Server) && words::is_overflow(read) {
            // Waiting does not make the request shorter.
            error = error.with_code(Error::CONTEXT_OVERFLOW).with_retryable(false);
        } else if let Some(code) = read.best_code() {
            error = error.with_code(self.secrets.mask(code));
        }
        if let Some(id) = request_id(self.headers) {
            error = error.with_request_id(self.secrets.mask(&id));
        }
        match self.headers.get("x-should-retry").map(hyper::http::HeaderValue::as_bytes) {
            Some(b"true") => error.with_retryable(true),
            Some(b"false") => error.with_retryable(false),
            _ => error,
        }
    }
}

/// Whether a 404 is probably about the path: it has no code of the provider and does not mention a model.
fn says_nothing_of_the_model(read: &ErrorBody) -> bool {
    let is_number = |code: &str| code.bytes().all(|byte| byte.is_ascii_digit());
    let message = read.message.as_deref().unwrap_or_default().to_ascii_lowercase();
    read.code.as_deref().is_none_or(is_number) && !message.contains("model")
}

fn by_status(status: u16) -> ErrorKind {
    match status {
        402 => ErrorKind::QuotaExhausted,
        300..=399 | 400..=405 | 407 | 410 | 413 | 422 => ErrorKind::Rejected,
        429 => ErrorKind::RateLimited,
        400..=599 => ErrorKind::Server,
        _ => ErrorKind::Malformed,
    }
}

/// Whether the server may have executed the request. It refuses (4xx, 503, 529) before it works, but a
/// gateway that lost its upstream (502, 504, 520, 524) cannot know.
fn may_have_executed(status: u16) -> bool {
    const REFUSED: &[u16] = &[501, 503, 521, 522, 523, 525, 526, 527, 529, 530];
    status >= 500 && !(505..=511).contains(&status) && !REFUSED.contains(&status)
}

/// The id under which the provider logs the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    // Checked once, and not at each reply.
    static NAMES: [HeaderName; 6] = [
        HeaderName::from_static("x-request-id"),
        HeaderName::from_static("request-id"),
        HeaderName::from_static("apim-request-id"),
        HeaderName::from_static("x-ms-request-id"),
        HeaderName::from_static("x-amzn-requestid"),
        HeaderName::from_static("cf-ray"),
    ];
    let id = NAMES.iter().find_map(|name| headers.get(name)?.to_str().ok())?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests;
