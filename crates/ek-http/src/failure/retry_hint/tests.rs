//! Hints in headers and bodies, and which of several counts.

use std::time::UNIX_EPOCH;

use super::*;
use crate::failure::body::ErrorBody;

/// 2026-01-15 12:00:00 UTC.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_768_478_400)
}

fn map(headers: &[(&'static str, &[u8])]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_bytes(value).expect("a header"));
    }
    map
}

fn both(headers: &[(&'static str, &[u8])], body: &str) -> Option<f64> {
    let read = ErrorBody::read(body.as_bytes());
    retry_hint(&map(headers), read.says(), now()).map(|hint| hint.wait.as_secs_f64())
}

fn hint(headers: &[(&'static str, &[u8])]) -> Option<f64> {
    both(headers, "")
}

fn of(body: &str) -> Option<f64> {
    both(&[], body)
}

/// Scenario 27 of the fault list.
#[test]
fn s27_retry_after_in_seconds_is_read_or_passed_over() {
    for (value, seconds) in [
        (&b"20"[..], Some(20.0)),
        (b"0", Some(0.0)),
        (b"1.5", Some(1.5)),
        (b" 20 ", Some(20.0)),
        (b"+20", Some(20.0)),
        (b"2m59.56s", Some(179.56)),
        (b"-10", None),
        (b"", None),
        (b"abc", None),
        (b"nan", None),
        (b"inf", None),
        (b"1e3", None),
        (b"99999999999999999999999999999999999", None),
        (b"\xff", None),
    ] {
        assert_eq!(hint(&[("retry-after", value)]), seconds, "{value:?}");
    }
    assert_eq!(hint(&[("retry-after", b"abc"), ("retry-after", b"7")]), Some(7.0));
    assert_eq!(hint(&[("retry-after", b"5"), ("retry-after", b"7")]), Some(5.0));
}

/// Scenario 28 of the fault list.
#[test]
fn s28_retry_after_as_a_date_is_measured_on_the_server_s_clock() {
    for (value, seconds) in [
        ("Thu, 15 Jan 2026 12:00:20 GMT", Some(20.0)),
        ("Thu, 15 Jan 2026 12:00:00 GMT", Some(0.0)),
        ("Thu, 15 Jan 2026 11:00:00 GMT", Some(0.0)),
        ("Thursday, 15-Jan-26 12:00:20 GMT", Some(20.0)),
        ("Thu Jan 15 12:00:20 2026", Some(20.0)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Fri, 31 Dec 100000 23:59:59 GMT", None),
        ("Thu, 15 Jan 2026 12:00:20 +0200", None),
    ] {
        assert_eq!(hint(&[("retry-after", value.as_bytes())]), seconds, "{value}");
    }
    let old = hint(&[("retry-after", b"Wed, 31 Dec 1969 23:59:59 GMT")]);
    assert!(old.is_none_or(|seconds| seconds == 0.0), "{old:?}");
    let skewed = [
        ("retry-after", &b"Fri, 16 Jan 2026 12:00:20 GMT"[..]),
        ("date", b"Fri, 16 Jan 2026 12:00:00 GMT"),
    ];
    assert_eq!(hint(&skewed), Some(20.0));
}

/// Scenario 29 of the fault list.
#[test]
fn s29_milliseconds_win_but_for_a_zero_beside_a_wait() {
    for (millis, seconds, wait) in [
        (&b"1250"[..], &b"2"[..], 1.25),
        (b"0", b"1", 1.0),
        (b"0", b"Thu, 15 Jan 2026 12:00:20 GMT", 20.0),
        (b"0", b"0", 0.0),
        (b"0", b"soon", 0.0),
        (b"soon", b"20", 20.0),
        (b"-1", b"20", 20.0),
    ] {
        assert_eq!(hint(&[("retry-after", seconds), ("retry-after-ms", millis)]), Some(wait));
    }
}

#[test]
fn a_header_is_known_in_any_spelling() {
    for (name, value) in [
        ("x-retry-after", &b"7"[..]),
        ("x-ms-retry-after-ms", b"7000"),
        ("retry-after-seconds", b"7"),
        ("x-ratelimit-timeremaining", b"7"),
        ("x-rate-limit-reset", b"7"),
    ] {
        assert_eq!(hint(&[(name, value)]), Some(7.0), "{name}");
    }
    assert_eq!(hint(&[("x-retry-after", b"9"), ("retry-after", b"7")]), Some(7.0));
}

#[test]
fn a_field_of_the_body_is_known_in_any_spelling_and_wherever_it_stands() {
    for (body, seconds) in [
        (r#"{"error":{"message":"m","retry_after":2}}"#, Some(2.0)),
        (r#"{"error":{"message":"m"},"retryAfter":"2"}"#, Some(2.0)),
        (r#"{"message":"m","retryAfterMs":2500}"#, Some(2.5)),
        (r#"{"message":"m","retry_after_ms":2500.0}"#, Some(2.5)),
        (r#"{"error":{"retry-after-seconds":2.5}}"#, Some(2.5)),
        (r#"{"error":{"message":"m","resets_in_seconds":90}}"#, Some(90.0)),
        (r#"{"error":{"message":"m","resets_at":1768478445}}"#, Some(45.0)),
        (r#"{"error":{"message":"m","resetsAt":1768478445000}}"#, Some(45.0)),
        (r#"{"error":{"message":"m","reset_at":"2026-01-15T12:00:45Z"}}"#, Some(45.0)),
        (r#"{"detail":{"msg":"m","retry_after":"2m5s"}}"#, Some(125.0)),
        (r#"[{"error":{"details":[{"@type":"x"},{"retryDelay":"34.5s"}]}}]"#, Some(34.5)),
        (r#"{"error":{"metadata":{"retry_after_seconds":3}}}"#, Some(3.0)),
        (r#"{"error":{"metadata":{"raw":"{\"error\":{\"retry_after\":3}}"}}}"#, Some(3.0)),
        (r#"{"error":"{\"retryDelay\":\"3s\",\"message\":\"m\"}"}"#, Some(3.0)),
        (r#"{"details":[{"retryDelay":{"seconds":34,"nanos":500000000}}]}"#, Some(34.5)),
        (r#"{"retry_after":"PT30S"}"#, Some(30.0)),
        (r#"{"retry_after":0,"retry_after_ms":0}"#, Some(0.0)),
        (r#"{"retry_after":4,"retry_after_ms":0}"#, Some(4.0)),
        (r#"{"retry_after":9,"retry_after_ms":2500,"resets_in":70}"#, Some(2.5)),
        (r#"{"retry_after":-1}"#, None),
        (r#"{"retry_after":"nan"}"#, None),
        (r#"{"retry_after":"infinity"}"#, None),
        (r#"{"retry_after":63072000}"#, None),
        (r#"{"retry_after":true,"retry":true,"max_retries":3}"#, None),
        (r#"{"retry_after":null}"#, None),
        (r#"{"input":{"retry_after":5},"message":"m"}"#, None),
        (r#"{"limits":{"remaining":3,"reset":60}}"#, None),
        (r#"{"limits":{"remaining":0,"reset":60}}"#, Some(60.0)),
    ] {
        assert_eq!(of(body), seconds, "{body}");
    }
}

#[test]
fn the_upstream_s_headers_in_a_body_are_read_as_headers() {
    for (headers, seconds) in [
        (r#"{"X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1768478445000"}"#, Some(45.0)),
        (r#"{"X-RateLimit-Remaining":"3","X-RateLimit-Reset":"1768478445000"}"#, None),
        (r#"{"Retry-After":"20"}"#, Some(20.0)),
        (r#"{"retry-after":20}"#, Some(20.0)),
        (r#"{"retry-after-ms":["2500"]}"#, Some(2.5)),
        (r#"{"ratelimit":"\"a\";r=0;t=5"}"#, Some(5.0)),
        (r#"{"bad name":"1","x":{}}"#, None),
    ] {
        let body = format!(r#"{{"error":{{"message":"m","metadata":{{"headers":{headers}}}}}}}"#);
        assert_eq!(of(&body), seconds, "{headers}");
    }
}

#[test]
fn headers_win_over_fields_and_fields_over_the_sentence_and_that_over_a_reset() {
    let reset = [("x-ratelimit-reset", &b"60"[..])];
    let sentence = r#"{"error":{"message":"try again in 4s"}}"#;
    let field = r#"{"error":{"message":"try again in 4s","retry_after":3}}"#;
    assert_eq!(both(&reset, "{}"), Some(60.0));
    assert_eq!(both(&reset, sentence), Some(4.0));
    assert_eq!(both(&reset, field), Some(3.0));
    assert_eq!(both(&[reset[0], ("retry-after", b"2")], field), Some(2.0));
    assert_eq!(both(&[("retry-after", b"never")], field), Some(3.0));
}

#[test]
fn the_state_of_the_limits_is_read_on_success_too() {
    let mut headers = HeaderMap::new();
    assert_eq!(rate_limit(&headers, now()), None);
    headers.insert("x-ratelimit-remaining-tokens", HeaderValue::from_static("17"));
    headers.insert("x-ratelimit-reset-tokens", HeaderValue::from_static("120ms"));
    let limits = rate_limit(&headers, now()).expect("limits");
    assert_eq!(limits.remaining_tokens, Some(17));
    assert_eq!(limits.reset_tokens, Some(Duration::from_millis(120)));
    assert_eq!(limits.limit_requests, None);
}
