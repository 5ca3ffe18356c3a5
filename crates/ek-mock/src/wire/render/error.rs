//! Errors on the wire: the status and headers of each kind, or no answer at all.

use std::time::Duration;

use ek_core::{Error, ErrorKind};

use super::breaking::NO_JSON;
use super::{End, Output, Rendered};
use crate::ErrorReply;
use crate::wire::dialect::Dialect;
use crate::wire::error_status;
use crate::wire::raw::{response, response_head};

/// More than any client takes, and less than any client's counter holds.
const TOO_LARGE: &str = "1099511627776";

/// The answer to a call that gets this error.
pub(super) fn render(dialect: &Dialect, reply: &ErrorReply) -> Rendered {
    let error = &reply.error;
    let nothing = |end| Rendered { output: Vec::new(), end, fails: true };
    let usual = error.status().is_none() && reply.body.is_none();
    match error.kind() {
        ErrorKind::Timeout if usual => return nothing(End::Hang),
        ErrorKind::Connect if usual => return nothing(End::Reset),
        ErrorKind::Interrupted if usual => return nothing(End::Close),
        ErrorKind::Malformed if usual => {
            return answer(200, &[("content-type", "application/json")], NO_JSON);
        }
        ErrorKind::TooLarge if usual => {
            let headers = [("content-type", "application/json"), ("content-length", TOO_LARGE)];
            let output = vec![Output::Write(response_head(200, &headers))];
            return Rendered { output, end: End::Close, fails: true };
        }
        _ => {}
    }
    let status = error_status::of(error);

    let mut headers: Vec<(&str, String)> = Vec::new();
    let said =
        |wanted: &str| reply.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let mut add = |name, value: String| {
        if !said(name) {
            headers.push((name, value));
        }
    };
    add("content-type", "application/json".to_owned());
    let in_body = dialect.says_retry_in_body && reply.body.is_none();
    if let Some(delay) = error.retry_after().filter(|_| !in_body) {
        let (name, value) = retry_after(delay);
        add(name, value);
    }
    if let Some(id) = error.request_id() {
        add(dialect.request_id_header, id.to_owned());
    }
    if error.is_retryable() != error.kind().is_retryable() || (status == 501 && usual) {
        add("x-should-retry", error.is_retryable().to_string());
    }
    let all: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, &**value)).collect();
    let own = reply.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let all: Vec<(&str, &str)> = all.into_iter().chain(own).collect();
    let body = reply.body.clone().unwrap_or_else(|| (dialect.error)(error));
    answer(status, &all, &body)
}

/// The answer to a call whose reply cannot be played.
pub(super) fn unplayable(dialect: &Dialect, why: &str) -> Rendered {
    render(dialect, &ErrorReply::new(Error::new(ErrorKind::Config, why)))
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
