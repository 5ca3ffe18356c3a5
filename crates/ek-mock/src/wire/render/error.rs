//! Errors on the wire: the status, headers and body of each kind, or none at all.

use std::time::Duration;

use ek_core::{Error, ErrorKind};
use serde::Serialize;

use super::breaking::malformed_body;
use super::{End, Output, Rendered};
use crate::ErrorReply;
use crate::wire::dialect::chat_completions::reply as body;
use crate::wire::raw::{response, response_head};

/// More than any client takes, and less than any client's counter holds.
const TOO_LARGE: &str = "1099511627776";

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
pub(super) fn object(error: &Error) -> String {
    let quota = (error.kind() == ErrorKind::QuotaExhausted).then_some("insufficient_quota");
    let object = Object {
        message: error.to_string(),
        r#type: type_of(error.kind()),
        param: None,
        code: error.code().or(quota),
    };
    String::from_utf8(body::json(&Body { error: object })).unwrap_or_default()
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

/// What a scripted error is on the connection.
pub(super) fn rendered(reply: &ErrorReply) -> Rendered {
    let error = &reply.error;
    let nothing = |end| Rendered { output: Vec::new(), end, fails: true };
    let usual = error.status().is_none() && reply.body.is_none();
    let status = match error.kind() {
        ErrorKind::Timeout if usual => return nothing(End::Hang),
        ErrorKind::Connect if usual => return nothing(End::Reset),
        ErrorKind::Interrupted if usual => return nothing(End::Close),
        ErrorKind::Malformed if usual => {
            return answer(200, &[("content-type", "application/json")], &malformed_body());
        }
        ErrorKind::TooLarge if usual => {
            let headers = [("content-type", "application/json"), ("content-length", TOO_LARGE)];
            let output = vec![Output::Write(response_head(200, &headers))];
            return Rendered { output, end: End::Close, fails: true };
        }
        ErrorKind::Rejected => 400,
        ErrorKind::RateLimited | ErrorKind::QuotaExhausted => 429,
        ErrorKind::Server => 500,
        _ => 501,
    };
    let status = error.status().unwrap_or(status);

    let mut headers: Vec<(&str, String)> = Vec::new();
    let said =
        |wanted: &str| reply.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let mut add = |name, value: String| {
        if !said(name) {
            headers.push((name, value));
        }
    };
    add("content-type", "application/json".to_owned());
    if let Some(delay) = error.retry_after() {
        let (name, value) = retry_after(delay);
        add(name, value);
    }
    if let Some(id) = error.request_id() {
        add("x-request-id", id.to_owned());
    }
    if error.is_retryable() != error.kind().is_retryable() || (status == 501 && usual) {
        add("x-should-retry", error.is_retryable().to_string());
    }
    let all: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, &**value)).collect();
    let own = reply.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let all: Vec<(&str, &str)> = all.into_iter().chain(own).collect();
    let body = reply.body.clone().unwrap_or_else(|| object(error).into_bytes());
    answer(status, &all, &body)
}

/// The answer to what the script itself has done wrong.
pub(super) fn unplayable(why: &str) -> Rendered {
    rendered(&ErrorReply::new(Error::new(ErrorKind::Config, why)))
}

fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Rendered {
    let output = vec![Output::Write(response(status, headers, body))];
    Rendered { output, end: End::KeepAlive, fails: true }
}

/// Whole seconds in the standard header, anything else in the one that is exact.
fn retry_after(delay: Duration) -> (&'static str, String) {
    if delay.subsec_nanos() == 0 {
        ("retry-after", delay.as_secs().to_string())
    } else {
        ("retry-after-ms", delay.as_millis().to_string())
    }
}
