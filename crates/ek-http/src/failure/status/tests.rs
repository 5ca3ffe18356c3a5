//! Which status is which kind of error.

use super::*;
use hyper::header::HeaderValue;

const PATH: &str = "/v1/chat/completions";

fn error(status: u16, headers: &HeaderMap, body: &str) -> Error {
    let secrets = Secrets::default();
    let status = StatusCode::from_u16(status).expect("a status");
    let now = SystemTime::UNIX_EPOCH;
    Answer { status, headers, secrets: &secrets, now, path: PATH }.error(body.as_bytes())
}

/// Scenarios 23 and 24 of the fault list: the class of each status.
#[test]
fn s23_s24_each_status_has_its_class() {
    use ErrorKind::{Malformed, QuotaExhausted, RateLimited, Rejected, Server};
    for (statuses, kind) in [
        (&[402][..], QuotaExhausted),
        (&[301, 307, 400, 401, 403, 404, 405, 407, 410, 413, 422], Rejected),
        (&[429], RateLimited),
        (&[406, 408, 409, 418, 425, 451, 500, 501, 502, 503, 504, 520, 522, 524, 529, 599], Server),
        (&[101, 100, 600, 999], Malformed),
    ] {
        for status in statuses {
            let error = error(*status, &HeaderMap::new(), "");
            assert_eq!(error.kind(), kind, "{status}");
            assert!(error.to_string().starts_with(&format!("HTTP {status}")), "{error}");
        }
    }
}

/// Scenario 26 of the fault list.
#[test]
fn s26_a_429_that_names_the_quota_is_not_retried() {
    let body =
        r#"{"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}}"#;
    let error = error(429, &HeaderMap::new(), body);
    assert_eq!(error.kind(), ErrorKind::QuotaExhausted);
    assert!(!error.is_retryable());
    assert_eq!(error.code(), Some("insufficient_quota"));
}

#[test]
fn a_429_without_a_hint_waits_a_second() {
    let error = error(429, &HeaderMap::new(), "");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
}

/// Scenario 25 of the fault list: the server decides whether to retry.
#[test]
fn s25_x_should_retry_overrides_the_class() {
    let mut headers = HeaderMap::new();
    headers.insert("x-should-retry", HeaderValue::from_static("true"));
    assert!(error(400, &headers, "").is_retryable());
    headers.insert("x-should-retry", HeaderValue::from_static("false"));
    assert!(!error(500, &headers, "").is_retryable());
}

#[test]
fn only_statuses_of_a_server_at_work_may_have_executed() {
    for (status, executed) in [(400, false), (429, false), (503, false), (500, true), (504, true)] {
        let error = error(status, &HeaderMap::new(), "");
        assert_eq!(error.may_have_executed(), executed, "{status}");
    }
}

#[test]
fn an_error_object_under_200_is_classed_by_its_code() {
    let secrets = Secrets::default();
    let headers = HeaderMap::new();
    let now = SystemTime::UNIX_EPOCH;
    let (status, headers) = (StatusCode::OK, &headers);
    let answer = Answer { status, headers, secrets: &secrets, now, path: PATH };
    for (body, kind) in [
        (r#"{"error":{"message":"m","code":429}}"#, ErrorKind::RateLimited),
        (r#"{"error":{"message":"m","code":"400"}}"#, ErrorKind::Rejected),
        (r#"{"error":{"message":"m","code":"rate_limit_exceeded"}}"#, ErrorKind::RateLimited),
        (r#"{"error":{"message":"m","http_status_code":422}}"#, ErrorKind::Rejected),
        (r#"{"error":{"message":"m","type":"insufficient_quota"}}"#, ErrorKind::QuotaExhausted),
        (
            r#"{"error":{"message":"m","status":429,"code":"insufficient_quota"}}"#,
            ErrorKind::QuotaExhausted,
        ),
        (r#"{"error":{"message":"m","code":50001}}"#, ErrorKind::Server),
        (r#"{"error":{"message":"m"}}"#, ErrorKind::Server),
    ] {
        let error = answer.error_object(&ErrorBody::read(body.as_bytes()));
        assert_eq!(error.kind(), kind, "{body}");
        assert_eq!(error.to_string(), "HTTP 200 with an error: m");
    }
}
