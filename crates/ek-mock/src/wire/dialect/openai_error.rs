//! The error object of OpenAI's protocols.

use ek_core::{Error, ErrorKind};

use super::json;
use super::object::Object;

/// The body of an error, as JSON.
pub(super) fn body(error: &Error) -> Vec<u8> {
    json::bytes(&in_object(error))
}

/// The error as servers send it, under its key.
pub(super) fn in_object(error: &Error) -> Object {
    let object = Object::new()
        .with("message", error.to_string())
        .with("type", type_of(error.kind()))
        .with_null("param")
        .with("code", code(error));
    Object::new().with("error", object)
}

/// The code, else the type.
pub(super) fn code_or_type(error: &Error) -> &str {
    code(error).unwrap_or(type_of(error.kind()))
}

fn code(error: &Error) -> Option<&str> {
    let quota = (error.kind() == ErrorKind::QuotaExhausted).then_some("insufficient_quota");
    error.code().or(quota)
}

fn type_of(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Rejected => "invalid_request_error",
        ErrorKind::RateLimited => "rate_limit_exceeded",
        ErrorKind::QuotaExhausted => "insufficient_quota",
        ErrorKind::Server => "server_error",
        _ => "mock_error",
    }
}
