//! The error object.

use ek_core::{Error, ErrorKind};
use serde::Serialize;

use super::reply::json;

#[derive(Serialize)]
struct Body<'a> {
    error: Object<'a>,
}

#[derive(Serialize)]
struct Object<'a> {
    message: String,
    r#type: &'static str,
    param: Option<&'a str>,
    code: Option<&'a str>,
}

/// The error object that servers send, as JSON.
pub(super) fn body(error: &Error) -> Vec<u8> {
    let quota = (error.kind() == ErrorKind::QuotaExhausted).then_some("insufficient_quota");
    let object = Object {
        message: error.to_string(),
        r#type: type_of(error.kind()),
        param: None,
        code: error.code().or(quota),
    };
    json(&Body { error: object })
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
