//! Errors as Anthropic writes them: a type by the status, and the code in the details.

use ek_core::{Error, ErrorKind};

use crate::wire::dialect::json;
use crate::wire::dialect::object::Object;

/// The error object, as JSON. A code that ends in `_error` is the type.
pub(super) fn body(error: &Error) -> Vec<u8> {
    let (own, code) = match error.code() {
        Some(code) if code.ends_with("_error") => (Some(code), None),
        code => (None, code),
    };
    let object = Object::new()
        .with("type", own.unwrap_or_else(|| type_of(error)))
        .with("message", error.to_string())
        .with_some("details", code.map(|code| Object::new().with("error_code", code)));
    let body = Object::new().with("type", "error").with("error", object);
    json::bytes(&body.with_some("request_id", error.request_id()))
}

fn type_of(error: &Error) -> &'static str {
    match (error.kind(), error.status()) {
        (ErrorKind::QuotaExhausted, _) | (_, Some(402)) => "billing_error",
        (ErrorKind::RateLimited, _) | (_, Some(429)) => "rate_limit_error",
        (_, Some(401)) => "authentication_error",
        (_, Some(403)) => "permission_error",
        (_, Some(404)) => "not_found_error",
        (_, Some(409)) => "conflict_error",
        (_, Some(413)) => "request_too_large",
        (_, Some(504)) => "timeout_error",
        (_, Some(529)) => "overloaded_error",
        (ErrorKind::Rejected, _) => "invalid_request_error",
        _ => "api_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_the_type_of_its_status_and_its_code_in_the_details() {
        let shown = |error: Error| String::from_utf8(body(&error)).expect("UTF-8");
        let busy = Error::new(ErrorKind::Server, "busy").with_status(529).with_request_id("r");
        assert_eq!(
            shown(busy),
            r#"{"type":"error","error":{"type":"overloaded_error","message":"busy"},"request_id":"r"}"#
        );
        let limit =
            Error::new(ErrorKind::RateLimited, "slow down").with_code("ramp_limit_exceeded");
        assert_eq!(
            shown(limit),
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down","details":{"error_code":"ramp_limit_exceeded"}}}"#
        );
    }

    #[test]
    fn a_code_that_is_a_type_is_the_type() {
        let error = Error::new(ErrorKind::Rejected, "why").with_code("not_found_error");
        let body: serde_json::Value = serde_json::from_slice(&body(&error)).expect("JSON");
        assert_eq!(body["error"]["type"], "not_found_error");
        assert_eq!(body["error"].get("details"), None);
    }
}
