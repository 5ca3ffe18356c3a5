//! Bodies of answers that are cut, endless, slow or whole.

use std::time::Duration;

use ek_core::ErrorKind::{
    Interrupted, Malformed, QuotaExhausted, Rejected, Server, Timeout, TooLarge,
};
use ek_core::{Error, LlmProvider as _, StreamingProvider as _};
use ek_mock::wire::{Connection, chunk, chunked, response, response_head};
use tokio::time::Instant;

use crate::support::hidden::assert_error_hides;
use crate::support::memory::{Memory, read_request, write, write_slowly};
use crate::support::rig::{Rig, Socket};
use crate::support::{JSON, REPLY, completion, first, in_time, question, settings, well};

const CHUNKED: (&str, &str) = ("transfer-encoding", "chunked");
const MIB: usize = 1024 * 1024;

/// Answers with this head and the bytes of the steps.
fn begun(headers: &[(&str, &str)]) -> Connection {
    Connection::new().read_request().write(response_head(200, headers))
}

fn assert_cut(error: &Error) {
    assert!(error.is_retryable() && error.may_have_executed(), "{error:?}");
    assert_eq!(error.status(), Some(200));
}

#[tokio::test]
async fn s36_a_body_shorter_than_announced_is_interrupted() {
    let id = ("x-request-id", "req-9");
    let short = begun(&[JSON, id, ("content-length", "10")]).write("MARK").fin();
    let error = Rig::new(short).await.fails(Interrupted, Socket::Gone).await;
    assert_cut(&error);
    assert_eq!(error.request_id(), Some("req-9"));
    assert!(error.partial().is_none(), "of a unary reply nothing is delivered");
}

#[tokio::test]
async fn s37_a_chunked_body_that_is_cut_is_interrupted() {
    let whole = completion(REPLY);
    let within = begun(&[JSON, CHUNKED]).write("20\r\nMARK").fin();
    // The document is whole, but the framing does not say so.
    let without_last = begun(&[JSON, CHUNKED]).write(chunk(&whole)).fin();
    let within_last = begun(&[JSON, CHUNKED]).write(chunk(&whole)).write("0\r\n").fin();
    for script in [within, without_last, within_last] {
        let error = Rig::new(script).await.fails(Interrupted, Socket::Gone).await;
        assert_cut(&error);
    }
}

#[tokio::test]
async fn a_broken_chunk_is_malformed() {
    for bytes in ["zz\r\nMARK", "-1\r\nMARK", "fffffffffffffffff\r\nMARK", "4\r\nMARKx\r\n"] {
        let script = begun(&[JSON, CHUNKED]).write(bytes).stall();
        let error = Rig::new(script).await.fails(Malformed, Socket::Gone).await;
        assert_eq!(error.to_string(), "the answer's framing is broken", "{bytes:?}");
        assert_eq!(error.status(), Some(200));
    }
}

#[tokio::test]
async fn s38_a_reset_within_the_body_is_interrupted() {
    // A reset discards what the client has not read yet. Many pieces give it time to read the head.
    let reset = begun(&[JSON, ("content-length", "1000")]).write_pieces(["M"; 500]).rst();
    let rig = Rig::new(reset).await;
    let error = rig.fails(Interrupted, Socket::Gone).await;
    assert_cut(&error);
    assert!(error.to_string().contains("reset the connection"), "{error}");
}

#[tokio::test]
async fn s39_json_that_the_end_of_the_connection_cuts_is_interrupted() {
    let reply = completion(REPLY);
    for cut in [1, reply.len() / 2, reply.len() - 1] {
        let script = begun(&[JSON]).write(&reply[..cut]).fin();
        let error = Rig::new(script).await.fails(Interrupted, Socket::Gone).await;
        assert_cut(&error);
        let expected = "the connection was closed before the reply was whole";
        assert_eq!(error.to_string(), expected);
    }
    // A coding that is no chunks has no end of its own either, whatever length is named beside it.
    for codings in ["identity", "gzip", "chunked, identity", "xchunked"] {
        let headers = [JSON, ("transfer-encoding", codings)];
        let script = begun(&headers).write(&reply[..reply.len() / 2]).fin();
        assert_cut(&Rig::new(script).await.fails(Interrupted, Socket::Gone).await);
    }
    for codings in ["Chunked", "gzip , chunked "] {
        let half = chunked([&reply[..reply.len() / 2]]);
        let script = begun(&[JSON, ("transfer-encoding", codings)]).write(half);
        let script = script.read_request().write(well()).stall();
        Rig::new(script).await.fails(Malformed, Socket::Kept).await;
    }
    // A whole document is a reply.
    let rig = Rig::new(begun(&[JSON]).write(&reply).fin()).await;
    rig.works().await;
    // With a correct length the same bytes are the server's mistake.
    let rig = Rig::new(first(response(200, &[JSON], &reply[..reply.len() / 2]))).await;
    rig.fails(Malformed, Socket::Kept).await;
}

fn slow(interval: Duration, body: &'static str) -> Memory {
    Memory::new(move |mut stream| async move {
        read_request(&mut stream).await;
        let length = completion(REPLY).len().to_string();
        let head = response_head(200, &[JSON, ("content-length", &length)]);
        write(&mut stream, head).await;
        let body = match body {
            "" => completion(REPLY),
            body => body.to_owned(),
        };
        write_slowly(&mut stream, interval, body.as_bytes().chunks(4)).await;
        stream
    })
}

#[tokio::test(start_paused = true)]
async fn s40_a_body_that_stalls_is_a_timeout() {
    let memory = slow(Duration::ZERO, "MARK");
    let settings = settings("http://model.test").allow_insecure_key(true);
    let provider = settings.connector(memory.clone()).timeout(Duration::from_secs(90)).build();
    let provider = provider.expect("sound settings");
    let start = Instant::now();
    let error = in_time(provider.complete(&question())).await.expect_err("a stall");
    assert_eq!((error.kind(), start.elapsed()), (Timeout, Duration::from_secs(90)));
    assert!(error.is_retryable() && error.may_have_executed());
    assert_error_hides(&error);
    in_time(memory.all_closed()).await;
    let reply = in_time(provider.complete(&question())).await;
    assert_eq!(reply.expect("an answer").content, REPLY);
}

/// A missing rest of the body must not hide the status.
#[tokio::test(start_paused = true)]
async fn s43_an_error_body_that_stalls_keeps_its_status_and_what_has_come() {
    let memory = Memory::new(|mut stream| async move {
        read_request(&mut stream).await;
        let head = response_head(429, &[JSON, ("content-length", "100000")]);
        write(&mut stream, head).await;
        write(&mut stream, r#"{"error":{"code":"insufficient_quota","message":"pay"}}"#).await;
        stream
    });
    let settings = settings("http://model.test").allow_insecure_key(true);
    let provider = settings.connector(memory.clone()).build().expect("sound settings");
    let start = Instant::now();
    let error = in_time(provider.complete(&question())).await.expect_err("a refusal");
    assert_eq!((error.kind(), error.status()), (QuotaExhausted, Some(429)));
    assert_eq!(error.to_string(), "HTTP 429: pay");
    assert!(start.elapsed() <= Duration::from_secs(5), "{:?}", start.elapsed());
    in_time(memory.all_closed()).await;
}

/// The end of the attempt's time must not hide the status either.
#[tokio::test(start_paused = true)]
async fn s43_an_error_keeps_its_status_if_the_attempt_ends_before_its_body() {
    let second = Duration::from_secs(1);
    for (status, body, kind) in [
        (401, r#"{"error":{"mess"#, Rejected),
        (429, r#"{"error":{"code":"insufficient_quota","message":"pay"}}"#, QuotaExhausted),
        (500, "", Server),
    ] {
        for (head_after, limit) in [
            (Duration::ZERO, second / 1000),
            (Duration::ZERO, 3 * second),
            (58 * second, 60 * second),
        ] {
            let memory = Memory::new(move |mut stream| async move {
                read_request(&mut stream).await;
                tokio::time::sleep(head_after).await;
                let head = response_head(status, &[JSON, ("content-length", "100000")]);
                write(&mut stream, head).await;
                write(&mut stream, body).await;
                stream
            });
            let settings = settings("http://model.test").allow_insecure_key(true).timeout(limit);
            let settings = settings.connector(memory.on_every_connection());
            let provider = settings.build().expect("sound settings");
            for streamed in [false, true] {
                let start = Instant::now();
                let outcome = match streamed {
                    false => in_time(provider.complete(&question())).await.map(drop),
                    true => in_time(provider.stream(&question())).await.map(drop),
                };
                let error = outcome.expect_err("a refusal");
                assert_eq!((error.kind(), error.status()), (kind, Some(status)), "{limit:?}");
                assert_eq!(start.elapsed(), limit, "the attempt's own limit holds");
                assert_error_hides(&error);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s41_a_slow_but_steady_body_within_the_limit_is_a_success() {
    let memory = slow(Duration::from_secs(1), "");
    let settings = settings("http://model.test").allow_insecure_key(true);
    let provider = settings.connector(memory).build().expect("sound settings");
    let start = Instant::now();
    let reply = in_time(provider.complete(&question())).await;
    assert_eq!(reply.expect("an answer").content, REPLY);
    assert!(start.elapsed() > Duration::from_secs(30));
}

#[tokio::test]
async fn s42_a_reply_beyond_the_cap_is_too_large_and_is_not_read_further() {
    let gib = (1_u64 << 30).to_string();
    let piece = "a".repeat(64 * 1024);
    let times = 1 << 14;
    for script in [
        // A correct length, a wrong one, no length, and chunks.
        begun(&[JSON, ("content-length", &gib)]).write_times(&piece, times),
        begun(&[JSON, ("content-length", &gib)]).write("MARK"),
        begun(&[JSON]).write_endlessly(&piece),
        begun(&[JSON, CHUNKED]).write_endlessly(chunk(&piece)),
    ] {
        let rig = Rig::with(script.stall(), |s| s.max_response_bytes(MIB)).await;
        let error = rig.fails(TooLarge, Socket::Gone).await;
        assert!(!error.is_retryable());
        assert_eq!(error.status(), Some(200));
        let text = error.to_string();
        assert!(text.contains("1048576 bytes (max_response_bytes)"), "{text}");
    }
}

#[tokio::test]
async fn s42_a_length_that_is_too_small_cuts_the_body_there() {
    let lie = begun(&[JSON, ("content-length", "10")]).write_endlessly("a".repeat(4096));
    Rig::new(lie).await.fails(Malformed, Socket::Gone).await;
}

#[tokio::test]
async fn s42_the_cap_is_exact() {
    let reply = completion(REPLY);
    let chunks = chunked([&reply[..10], &reply[10..]]);
    for answer in [
        response(200, &[JSON], &reply),
        response(200, &[JSON, CHUNKED], chunks),
        [response_head(200, &[JSON]), reply.clone().into_bytes()].concat(),
    ] {
        let script = Connection::new().read_request().write(answer);
        let rig = Rig::with(script.clone(), |s| s.max_response_bytes(reply.len())).await;
        rig.works().await;
        let rig = Rig::with(script, |s| s.max_response_bytes(reply.len() - 1)).await;
        let error = rig.ask().await.expect_err("a byte too many");
        assert_eq!(error.kind(), TooLarge);
    }
}

#[tokio::test]
async fn s43_an_error_with_an_endless_body_keeps_its_status() {
    let endless = |headers: &[(&str, &str)]| {
        let head = response_head(500, headers);
        Connection::new().read_request().write(head).write_endlessly("a b ".repeat(16 * 1024))
    };
    let gib = (1_u64 << 30).to_string();
    for script in [endless(&[]), endless(&[("content-length", &gib)])] {
        let error = Rig::new(script).await.fails(Server, Socket::Gone).await;
        assert_eq!(error.status(), Some(500));
        let text = error.to_string();
        assert!(text.starts_with("HTTP 500") && text.len() < 400, "{text}");
    }
}

#[tokio::test]
async fn s43_an_error_whose_body_is_cut_keeps_its_status() {
    let head = response_head(503, &[JSON, ("content-length", "900"), ("retry-after", "3")]);
    let cut = Connection::new().read_request().write(head).write(r#"{"error":"#).fin();
    let error = Rig::new(cut).await.fails(Server, Socket::Gone).await;
    assert_eq!(error.status(), Some(503));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
}

#[tokio::test]
async fn s44_an_encoded_body_that_was_not_asked_for_is_malformed() {
    // Nothing is decompressed, so the body need not be a compression bomb.
    for encoding in ["gzip", "br", "gzip, gzip", "\u{fffd}"] {
        let answer = response(200, &[JSON, ("content-encoding", encoding)], "\x1f\u{8b}MARK");
        let rig = Rig::new(first(answer)).await;
        let error = rig.fails(Malformed, Socket::Kept).await;
        assert!(error.to_string().contains("not asked for"), "{error}");
        let sent = rig.server.requests();
        assert_eq!(sent[0].header("accept-encoding"), Some("identity"));
    }
}

#[tokio::test]
async fn s44_a_plain_body_is_read_whatever_encoding_its_head_names() {
    for encoding in ["identity", "identity, identity", "gzip", "br", "utf-8", "none", "\u{fffd}"] {
        let headers = [JSON, ("content-encoding", encoding)];
        let plain = response(200, &headers, completion(REPLY));
        // The first piece ends in the head, and in the middle of the body.
        for cut in [plain.len() - 100, plain.len() - 200] {
            let (one, two) = plain.split_at(cut);
            let pieces = Connection::new().read_request().write_pieces([one, two]);
            let rig = Rig::new(pieces.read_request().write(well()).stall()).await;
            rig.works().await;
            rig.works().await;
            assert_eq!(rig.server.connection_count(), 1);
        }
        let answer = response(401, &headers, r#"{"error":{"message":"no such key"}}"#);
        let error = Rig::new(first(answer)).await.fails(Rejected, Socket::Kept).await;
        assert!(error.to_string().contains("no such key"), "{error}");
    }
}

#[tokio::test]
async fn s44_the_cap_holds_for_a_body_whose_head_names_an_encoding() {
    let encoding = ("content-encoding", "gzip");
    let sized = [response_head(200, &[encoding, ("content-length", "3000")]), "x".into()].concat();
    let chunks = [response_head(200, &[encoding, CHUNKED]), chunk("x".repeat(3000))].concat();
    for answer in [sized, chunks] {
        let connection = Connection::new().read_request().write(answer).stall();
        let rig = Rig::with(connection, |s| s.max_response_bytes(2500)).await;
        rig.fails(TooLarge, Socket::Gone).await;
    }
}

#[tokio::test]
async fn s44_an_encoded_error_keeps_its_status_without_the_body() {
    let answer = response(502, &[("content-encoding", "gzip")], "\x1f\u{8b}MARK");
    let error = Rig::new(first(answer)).await.fails(Server, Socket::Kept).await;
    assert_eq!(error.to_string(), "HTTP 502");
}
