//! The error object of OpenAI's protocols.

use ek_core::{Error, ErrorKind};
use serde::Serialize;

use super::json;

/// A body, and what an event of the Responses API brings.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    pub(super) error: Object<'a>,
}

#[derive(Serialize)]
pub(super) struct Object<'a> {
    pub(super) message: String,
    pub(super) r#type: &'static str,
    param: Option<&'a str>,
    pub(super) code: Option<&'a str>,
}

/// The error object that servers send, as JSON.
pub(super) fn body(error: &Error) -> Vec<u8> {
    json::bytes(&Body { error: object(error) })
}

/// The error object.
pub(super) fn object(error: &Error) -> Object<'_> {
    let quota = (error.kind() == ErrorKind::QuotaExhausted).then_some("insufficient_quota");
    Object {
        message: error.to_string(),
        r#type: type_of(error.kind()),
        param: None,
        code: error.code().or(quota),
    }
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
