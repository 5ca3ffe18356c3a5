//! The error object of OpenAI's protocols.

use ek_core::{Error, ErrorKind};
use serde::Serialize;

use super::json;

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    error: Object<'a>,
}

#[derive(Serialize)]
struct Object<'a> {
    message: String,
    r#type: &'static str,
    param: Option<&'a str>,
    code: Option<&'a str>,
}

/// The error object that servers send, as JSON. `event_type`: the type of the event that it is in the
/// middle of a stream, where events have one.
pub(super) fn body(error: &Error, event_type: Option<&'static str>) -> Vec<u8> {
    let quota = (error.kind() == ErrorKind::QuotaExhausted).then_some("insufficient_quota");
    let object = Object {
        message: error.to_string(),
        r#type: type_of(error.kind()),
        param: None,
        code: error.code().or(quota),
    };
    json::bytes(&Body { r#type: event_type, error: object })
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
