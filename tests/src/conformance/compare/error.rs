//! The fields of an error.

use executionkit::{Error, ErrorKind};
use serde_json::Value;

use super::super::case::Case;
use super::{Mismatch, compare, differs, reply};

/// Everything that an error shows.
pub(super) fn all_texts(error: &Error) -> String {
    let mut texts = format!("{error} {error:?} {:?} {:?}", error.code(), error.request_id());
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        texts.push_str(&format!(" {cause} {cause:?}"));
        source = cause.source();
    }
    texts
}

/// The three classes of the cases: that of the kind, unless the answer itself says whether to ask again.
fn class(case: &Case, error: &Error) -> &'static str {
    let says = case.answer.as_ref().is_some_and(|answer| answer.has_header("x-should-retry"));
    let retried = if says { error.is_retryable() } else { error.kind().is_retryable() };
    match error.kind() {
        ErrorKind::RateLimited => "rate_limit",
        _ if retried => "provider",
        _ => "permanent",
    }
}

pub(super) fn fields(case: &Case, expect: &Value, found: &Error) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    let error = expect.get("error").unwrap_or(&Value::Null);
    compare(error, "kind", &mut mismatches, |expected| {
        (expected == class(case, found), format!("{:?}: {found}", found.kind()).into())
    });
    compare(error, "message_contains", &mut mismatches, |expected| {
        let message = found.to_string();
        (message.contains(expected.as_str().unwrap_or_default()), message.into())
    });
    compare(expect, "partial", &mut mismatches, |expected| {
        let partial = found.partial().cloned().unwrap_or_default();
        let different = reply::fields(expected, &partial);
        let shown: Vec<String> = different.iter().map(|m| format!("{m:?}")).collect();
        (different.is_empty(), shown.join("; ").into())
    });
    let rate_limited = error["kind"] == "rate_limit";
    let default = rate_limited.then_some(1.0);
    if let Some(expected) = error["retry_after_s"].as_f64().or(default) {
        let wait = found.retry_after().map(|wait| wait.as_secs_f64());
        if wait.is_none_or(|wait| (wait - expected).abs() > 0.001) {
            mismatches.push(differs("retry_after_s", &expected.into(), wait));
        }
    }
    mismatches
}
