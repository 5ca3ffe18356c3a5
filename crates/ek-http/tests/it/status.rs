//! The status and the headers of an answer.

use std::time::{Duration, UNIX_EPOCH};

use ek_core::ErrorKind::{Malformed, QuotaExhausted, RateLimited, Rejected, Server, TooLarge};
use ek_mock::wire::{Connection, RawServer, response};

use crate::support::rig::{Rig, Socket};
use crate::support::{JSON, REPLY, completion, first, good, well};

const SAID: &str = r#"{"error":{"message":"no glaze of that name","type":"t","code":"c_7"}}"#;

#[tokio::test]
async fn s23_a_refusal_is_rejected_after_one_request() {
    for status in [400, 401, 403, 404, 405, 410, 413, 422] {
        let rig = Rig::new(first(response(status, &[JSON], SAID))).await;
        let error = rig.fails(Rejected, Socket::Kept).await;
        assert!(!error.is_retryable() && !error.may_have_executed(), "{status}");
        assert_eq!((error.status(), error.code()), (Some(status), Some("c_7")));
        assert_eq!(error.to_string(), format!("HTTP {status}: no glaze of that name"));
    }
}

#[tokio::test]
async fn s24_a_passing_fault_is_retryable_by_its_kind() {
    let servers = [408, 409, 418, 451, 500, 501, 502, 503, 504, 520, 522, 524, 529];
    let servers = servers.map(|status| (status, Server));
    for (status, kind) in servers.into_iter().chain([(429, RateLimited)]) {
        let rig = Rig::new(first(response(status, &[JSON], SAID))).await;
        let error = rig.fails(kind, Socket::Kept).await;
        assert!(error.is_retryable(), "{status}");
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.to_string(), format!("HTTP {status}: no glaze of that name"));
        let wait = (status == 429).then_some(Duration::from_secs(1));
        assert_eq!(error.retry_after(), wait, "{status}");
    }
}

#[tokio::test]
async fn s25_the_server_decides_whether_to_retry() {
    for (status, word, kind, retryable) in [
        (400, "true", Rejected, true),
        (500, "false", Server, false),
        (500, "perhaps", Server, true),
    ] {
        let bad = response(status, &[("x-should-retry", word)], "");
        let rig = Rig::new(first(bad)).await;
        let error = rig.fails(kind, Socket::Kept).await;
        assert_eq!(error.is_retryable(), retryable, "{status} {word}");
        assert_eq!(error.to_string(), format!("HTTP {status}"));
    }
}

#[tokio::test]
async fn s26_a_429_for_a_used_up_quota_is_not_retryable() {
    let body = r#"{"error":{"message":"pay","type":"insufficient_quota","code":null}}"#;
    let rig = Rig::new(first(response(429, &[JSON, ("retry-after", "7")], body))).await;
    let error = rig.fails(QuotaExhausted, Socket::Kept).await;
    assert!(!error.is_retryable());
    assert_eq!(error.code(), Some("insufficient_quota"));
}

/// The hint of a 503 with these header lines. The clock is at 2026-01-15 12:00:00 UTC.
async fn hint(lines: &[u8]) -> Option<Duration> {
    let head = b"HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\n";
    let answer = [&head[..], lines, b"\r\n\r\n"].concat();
    let now = UNIX_EPOCH + Duration::from_secs(1_768_478_400);
    let rig = Rig::with(first(answer), |s| s.wall_clock(move || now)).await;
    let error = rig.fails(Server, Socket::Kept).await;
    assert_eq!(error.status(), Some(503));
    error.retry_after()
}

#[tokio::test]
async fn s27_retry_after_in_seconds_is_read_or_ignored() {
    let seconds = |n| Some(Duration::from_secs(n));
    // The unit tests of `retry_hint` have the other notations.
    for (value, wait) in [
        (&b"20"[..], seconds(20)),
        (b" 1.5 ", Some(Duration::from_millis(1500))),
        (b"", None),
        (b"-10", None),
        (b"\xff", None),
        (b"5\r\nretry-after: 7", seconds(5)),
        (b"abc\r\nretry-after: 7", seconds(7)),
    ] {
        let line = [b"retry-after: ", value].concat();
        assert_eq!(hint(&line).await, wait, "{}", line.escape_ascii());
    }
}

#[tokio::test]
async fn s28_retry_after_as_a_date_is_measured_on_the_server_s_clock() {
    let seconds = |n| Some(Duration::from_secs(n));
    for (date, wait) in [
        ("Thu, 15 Jan 2026 12:00:20 GMT", seconds(20)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Fri, 16 Jan 2026 12:00:20 GMT\r\ndate: Fri, 16 Jan 2026 12:00:00 GMT", seconds(20)),
    ] {
        assert_eq!(hint(format!("retry-after: {date}").as_bytes()).await, wait, "{date}");
    }
}

#[tokio::test]
async fn s29_milliseconds_win_unless_they_are_zero_beside_a_wait() {
    for (millis, wait) in [("1500", 1_500), ("0", 20_000), ("soon", 20_000)] {
        let date = "Thu, 15 Jan 2026 12:00:20 GMT";
        let both = format!("retry-after: {date}\r\nretry-after-ms: {millis}");
        assert_eq!(hint(both.as_bytes()).await, Some(Duration::from_millis(wait)), "{millis}");
    }
}

#[tokio::test]
async fn s30_a_long_hint_is_not_shortened() {
    for (line, wait) in [
        ("retry-after: 120", 120),
        ("retry-after: 121", 121),
        ("retry-after-ms: 121000", 121),
        ("retry-after: 277403", 277_403),
    ] {
        assert_eq!(hint(line.as_bytes()).await, Some(Duration::from_secs(wait)), "{line}");
    }
    assert_eq!(hint(b"retry-after: 63072000").await, None, "two years");
}

#[tokio::test]
async fn s31_an_invalid_date_does_not_hide_the_status() {
    let bad = response(400, &[JSON, ("retry-after", "Xday, 99 Foo 2026 99:99:99 GMT")], SAID);
    let error = Rig::new(first(bad)).await.fails(Rejected, Socket::Kept).await;
    assert_eq!((error.status(), error.retry_after()), (Some(400), None));
    assert_eq!(error.to_string(), "HTTP 400: no glaze of that name");
}

#[tokio::test]
async fn s32_a_redirect_is_rejected_and_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = RawServer::start(good()).await;
        let location = format!("{}/v1/chat/completions?t=MARK", elsewhere.uri());
        let rig = Rig::new(first(response(status, &[("location", &location)], ""))).await;
        let error = rig.fails(Rejected, Socket::Kept).await;
        assert_eq!(error.status(), Some(status));
        assert!(!error.is_retryable());
        assert!(error.to_string().contains("redirects are not followed"), "{error}");
        assert_eq!(elsewhere.connection_count(), 0);
    }
}

/// Answers once with these bytes, and reads on what the client sends.
fn broken(bytes: &[u8]) -> Connection {
    Connection::new().read_request().write(bytes).stall()
}

#[tokio::test]
async fn s33_an_oversized_head_is_too_large() {
    let long = format!("HTTP/1.1 200 OK\r\nx-long: {}", "MARK".repeat(150_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x-one: MARK\r\n".repeat(101));
    let lengths = ["18446744073709551615", "18446744073709551614"];
    let lengths =
        lengths.map(|length| format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n"));
    for head in [long, many].into_iter().chain(lengths) {
        let rig = Rig::new(broken(head.as_bytes())).await;
        let error = rig.fails(TooLarge, Socket::Gone).await;
        assert!(!error.is_retryable());
        let expected =
            "the answer's head is too large, or announces a body of a length that no body has";
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn s34_broken_framing_and_broken_headers_are_malformed() {
    for lines in [
        "content-length: 5\r\ncontent-length: 6",
        "content-length: +2",
        "content-length: -1",
        "content-length: 99999999999999999999999",
        "x-a: MARK\0",
        "x-a: MARK\rx",
        "x-a : MARK",
        "x-a: MARK\r\n folded",
    ] {
        let head = format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\nMARKbody");
        let rig = Rig::new(broken(head.as_bytes())).await;
        let error = rig.fails(Malformed, Socket::Gone).await;
        assert_eq!(error.to_string(), "the answer is not HTTP", "{lines:?}");
    }
}

#[tokio::test]
async fn s35_an_answer_without_a_request_is_never_delivered() {
    let unasked = response(200, &[JSON], completion("MARK of another conversation"));
    let both = [well(), unasked].concat();
    let rig = Rig::new(Connection::new().read_request().write(both).stall()).await;
    rig.works().await;
    assert_eq!(rig.works().await.content, REPLY);
    assert_eq!(rig.server.connection_count(), 2);
}

#[tokio::test]
async fn the_request_id_and_the_rate_limit_are_read_from_the_headers() {
    let headers = [
        JSON,
        ("x-request-id", "req-55"),
        ("x-ratelimit-limit-requests", "60"),
        ("x-ratelimit-remaining-requests", "59"),
        ("x-ratelimit-remaining-tokens", "1700"),
        ("x-ratelimit-reset-tokens", "6m0s"),
    ];
    let bad = response(500, &headers, "");
    let fine = response(200, &headers, completion(REPLY));
    let script = Connection::new().read_request().write(fine).read_request().write(bad).stall();
    let rig = Rig::new(script).await;
    let reply = rig.works().await;
    assert_eq!(reply.request_id.as_deref(), Some("req-55"));
    let limits = reply.rate_limit.expect("limits");
    assert_eq!((limits.limit_requests, limits.remaining_requests), (Some(60), Some(59)));
    assert_eq!((limits.limit_tokens, limits.remaining_tokens), (None, Some(1700)));
    assert_eq!(limits.reset_tokens, Some(Duration::from_secs(360)));
    let error = rig.ask().await.expect_err("a 500");
    assert_eq!((error.kind(), error.request_id()), (Server, Some("req-55")));
}
