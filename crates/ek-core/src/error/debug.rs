//! `Debug` of an error: what a `main` that returns it shows to the one who started the program. Apart
//! from the error, because `{:?}` is a sentence and `{:#?}` a list of fields.

use std::error::Error as _;
use std::fmt;

use super::Error;
use super::text::{MAX_MESSAGE_BYTES, clean};

/// The text with its causes, on one line; `{:#?}` shows the fields. What was delivered before the error
/// is shown by its size only.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() { self.fields(f) } else { self.sentence(f) }
    }
}

impl Error {
    fn sentence(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut next = self.source();
        let mut open = " (caused by: ";
        while let Some(cause) = next {
            write!(f, "{open}{}", clean(&cause.to_string(), MAX_MESSAGE_BYTES))?;
            open = ": ";
            next = cause.source();
        }
        if self.inner.source.is_some() { f.write_str(")") } else { Ok(()) }
    }

    fn fields(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let e = &*self.inner;
        let mut out = f.debug_struct("Error");
        out.field("kind", &e.kind).field("message", &e.message);
        if let Some(status) = e.status {
            out.field("status", &status);
        }
        if let Some(code) = &e.code {
            out.field("code", code);
        }
        if let Some(id) = &e.request_id {
            out.field("request_id", id);
        }
        if let Some(delay) = e.retry_after {
            out.field("retry_after", &delay);
        }
        if e.attempts != 1 {
            out.field("attempts", &e.attempts);
        }
        if let Some(partial) = &e.partial {
            out.field("partial", partial);
        }
        if let Some(transcript) = &e.transcript {
            out.field("transcript_messages", &transcript.len());
        }
        if let Some(source) = &e.source {
            out.field("source", source);
        }
        out.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, LlmResponse, Message};

    #[test]
    fn debug_is_the_text_with_its_causes_on_one_line() {
        let error = Error::new(ErrorKind::Rejected, "HTTP 401: the key is wrong").with_status(401);
        assert_eq!(format!("{error:?}"), "HTTP 401: the key is wrong");
        let cause = std::io::Error::other("reset\nby a peer with sk-FAKEfakeFAKEfakeFAKEfake");
        let inner = Error::new(ErrorKind::Interrupted, "").with_source(cause);
        let error = Error::new(ErrorKind::Server, "two of two failed").with_source(inner);
        assert_eq!(
            format!("{error:?}"),
            "two of two failed (caused by: connection interrupted: reset\\nby a peer with [REDACTED])"
        );
    }

    #[test]
    fn the_alternate_form_of_debug_shows_the_fields() {
        let error = Error::new(ErrorKind::Server, "busy").with_status(503).with_code("overloaded");
        let shown = format!("{error:#?}");
        for field in ["kind: Server", "message: \"busy\"", "status: 503", "code: \"overloaded\""] {
            assert!(shown.contains(field), "{field} is not in {shown}");
        }
    }

    #[test]
    fn debug_keeps_the_partial_reply_to_itself() {
        let error = Error::new(ErrorKind::Interrupted, "cut")
            .with_partial(LlmResponse::text("the secret plan"))
            .with_transcript(vec![Message::user("my question")]);
        let shown = format!("{error:?} {error:#?}");
        assert!(!shown.contains("secret plan") && !shown.contains("my question"), "{shown}");
        assert!(shown.contains("transcript_messages: 1"), "{shown}");
    }
}
