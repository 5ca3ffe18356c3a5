//! Errors as Google writes them: the status as a number and as a word, and what to know of it in details.

use ek_core::{Error, ErrorKind};
use serde_json::{Value, json};

use crate::wire::dialect::json;
use crate::wire::dialect::object::Object;
use crate::wire::error_status;

/// The words of `google.rpc.Code`.
const WORDS: [&str; 16] = [
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The error object, as JSON. A code that is a word of Google's is the status; any other is the reason in
/// the details.
pub(super) fn body(error: &Error) -> Vec<u8> {
    let code = error_status::of(error);
    let word = error.code().filter(|code| WORDS.contains(code));
    let reason = error.code().filter(|_| word.is_none());
    let reason = reason.map(|reason| detail("ErrorInfo", "reason", &reason.into()));
    let is_used_up = error.kind() == ErrorKind::QuotaExhausted;
    let quota = json!([{"quotaId": "GenerateRequestsPerDayPerProjectPerModel"}]);
    let quota = is_used_up.then(|| detail("QuotaFailure", "violations", &quota));
    let retry = error.retry_after().map(|delay| {
        let delay = format!("{}s", delay.as_secs_f64());
        detail("RetryInfo", "retryDelay", &delay.into())
    });
    let details: Vec<Value> = [reason, quota, retry].into_iter().flatten().collect();
    let object = Object::new()
        .with("code", code)
        .with("message", error.to_string())
        .with("status", word.unwrap_or_else(|| status(code)))
        .with_some("details", (!details.is_empty()).then_some(details));
    json::bytes(&Object::new().with("error", object))
}

fn detail(kind: &str, key: &str, value: &Value) -> Value {
    json!({"@type": format!("type.googleapis.com/google.rpc.{kind}"), (key): value})
}

fn status(code: u16) -> &'static str {
    match code {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        501 => "UNIMPLEMENTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        500..=599 => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn shown(error: &Error) -> String {
        String::from_utf8(body(error)).expect("UTF-8")
    }

    #[test]
    fn an_error_has_its_status_as_a_number_and_as_a_word() {
        assert_eq!(
            shown(&Error::new(ErrorKind::Server, "busy").with_status(503)),
            r#"{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}"#
        );
        assert_eq!(
            shown(&Error::new(ErrorKind::Rejected, "no").with_code("FAILED_PRECONDITION")),
            r#"{"error":{"code":400,"message":"no","status":"FAILED_PRECONDITION"}}"#
        );
    }

    #[test]
    fn the_details_say_the_reason_the_quota_and_when_to_try_again() {
        let error = Error::new(ErrorKind::QuotaExhausted, "used up").with_code("API_KEY_INVALID");
        assert_eq!(
            shown(&error.with_retry_after(Duration::from_millis(34_400))),
            r#"{"error":{"code":429,"message":"used up","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"},{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}"#
        );
    }
}
