//! Faults after the request is sent and before the head of the answer has come.

use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider as _};
use ek_mock::wire::{Closed, Connection, RawScript, RawServer, response, response_head};
use tokio::time::Instant;

use crate::support::hidden::assert_error_hides;
use crate::support::memory::{Memory, read_request, write_slowly};
use crate::support::rig::{Rig, Socket};
use crate::support::{REPLY, first, good, in_time, question, settings, well};

/// The server may have executed the request, so a retry is the caller's decision.
pub(crate) fn assert_ambiguous(error: &Error) {
    assert!(error.is_retryable() && error.may_have_executed(), "{error:?}");
    assert_eq!(error.status(), None);
}

#[tokio::test]
async fn s13_a_connection_that_ends_after_the_request_is_interrupted() {
    let rig = Rig::new(Connection::new().read_request().fin()).await;
    let error = rig.fails(ErrorKind::Interrupted, Socket::Gone).await;
    assert_ambiguous(&error);
    assert_eq!(error.to_string(), "127.0.0.1 closed the connection before the answer was whole");
    let on_first = rig.server.requests().into_iter().filter(|r| r.connection == 0);
    assert_eq!(on_first.count(), 1, "copies of the request");
}

#[tokio::test]
async fn s13_an_end_within_the_head_is_interrupted() {
    let half = Connection::new().read_request().write("HTTP/1.1 200 OK\r\ncontent-").fin();
    let rig = Rig::new(half).await;
    assert_ambiguous(&rig.fails(ErrorKind::Interrupted, Socket::Gone).await);
}

#[tokio::test]
async fn s14_a_reset_after_the_request_is_interrupted() {
    let rig = Rig::new(Connection::new().read_request().rst()).await;
    let error = rig.fails(ErrorKind::Interrupted, Socket::Gone).await;
    assert_ambiguous(&error);
    assert!(error.to_string().contains("reset the connection"), "{error}");
}

#[tokio::test]
async fn s15_a_pooled_connection_that_the_server_closed_is_replaced_without_an_error() {
    let once = Connection::new().read_request().write(well()).fin();
    let rig = Rig::new(once).await;
    rig.works().await;
    assert_eq!(in_time(rig.server.wait_closed(0)).await, Closed::ByServer);
    rig.works().await;
    assert_eq!((rig.server.connection_count(), rig.server.request_count()), (2, 2));
}

#[tokio::test]
async fn s16_a_request_on_a_reused_connection_that_ends_is_not_sent_twice() {
    let twice = Connection::new().read_request().write(well()).read_request().fin();
    let rig = Rig::new(twice).await;
    rig.works().await;
    let error = rig.fails(ErrorKind::Interrupted, Socket::Gone).await;
    assert_ambiguous(&error);
    let requests = rig.server.requests();
    let on: Vec<usize> = requests.iter().map(|request| request.connection).collect();
    assert_eq!(on, [0, 0, 1]);
}

/// Makes a call on the paused clock to a server in memory. Returns the error and the time it took.
async fn timed(memory: &Memory) -> (Error, Duration) {
    let settings = settings("http://model.test").allow_insecure_key(true);
    let provider = settings.connector(memory.clone()).timeout(Duration::from_secs(90)).build();
    let provider = provider.expect("sound settings");
    let start = Instant::now();
    let error = in_time(provider.complete(&question())).await.expect_err("a timeout");
    let taken = start.elapsed();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1));
    assert_ambiguous(&error);
    assert_error_hides(&error);
    // The connection is closed. The provider goes on with the next one.
    in_time(memory.all_closed()).await;
    let reply = in_time(provider.complete(&question())).await;
    assert_eq!(reply.expect("an answer").content, REPLY);
    assert_eq!(memory.accepted(), 2);
    (error, taken)
}

#[tokio::test(start_paused = true)]
async fn s17_a_silent_server_is_a_timeout_at_the_limit() {
    let silent = Memory::new(|mut stream| async {
        read_request(&mut stream).await;
        stream
    });
    let (error, taken) = timed(&silent).await;
    assert_eq!(taken, Duration::from_secs(90));
    assert_eq!(error.to_string(), "no whole answer within 90s; ask for long replies with stream");
}

#[tokio::test(start_paused = true)]
async fn s18_a_head_that_comes_byte_by_byte_is_a_timeout_at_the_limit() {
    let slow = Memory::new(|mut stream| async {
        read_request(&mut stream).await;
        let head = response_head(200, &[("x-padding", &"x".repeat(1000))]);
        write_slowly(&mut stream, Duration::from_millis(300), head.chunks(1)).await;
        stream
    });
    let (_, taken) = timed(&slow).await;
    assert_eq!(taken, Duration::from_secs(90));
}

#[tokio::test]
async fn s17_over_tcp_the_server_sees_the_end_of_the_connection() {
    let silent = Connection::new().read_request().stall();
    let rig = Rig::new(silent).await;
    let request = question().with_timeout(Duration::from_millis(200));
    let error = in_time(rig.provider.complete(&request)).await.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_ambiguous(&error);
    assert_error_hides(&error);
    assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
    rig.works().await;
    assert_eq!(rig.server.connection_count(), 2);
}

#[tokio::test]
async fn a_timeout_of_the_request_wins_and_may_not_be_zero() {
    let rig = Rig::with(good(), |settings| settings.timeout(Duration::from_nanos(1))).await;
    let patient = question().with_timeout(Duration::from_secs(60));
    let reply = in_time(rig.provider.complete(&patient)).await;
    assert_eq!(reply.expect("an answer").content, REPLY);
    let refused = rig.provider.complete(&question().with_timeout(Duration::ZERO)).await;
    assert_eq!(refused.map_err(|e| e.kind()).expect_err("zero"), ErrorKind::Config);
    assert_eq!(rig.server.request_count(), 1);
}

#[tokio::test]
async fn s20_an_unexpected_switch_of_protocols_is_malformed() {
    let switch = response_head(101, &[("connection", "upgrade"), ("upgrade", "MARKproto")]);
    let rig = Rig::new(first(switch)).await;
    let error = rig.fails(ErrorKind::Malformed, Socket::Gone).await;
    assert_eq!(error.status(), Some(101));
    assert_eq!(error.to_string(), "HTTP 101: the server wants to switch protocols");
}

#[tokio::test]
async fn s19_any_number_of_early_hints_is_skipped() {
    let hint = response_head(103, &[("link", "</style.css>; rel=preload")]);
    let answer = [hint.repeat(10_000), well()].concat();
    let script = Connection::new().read_request().write(answer).repeat();
    let server = RawServer::start(RawScript::in_order([script])).await;
    let rig = Rig::of(server, |settings| settings);
    rig.works().await;
    rig.works().await;
}

#[tokio::test]
async fn s21_an_answer_that_comes_before_the_end_of_the_upload_counts() {
    let refusal = response(413, &[("connection", "close")], "less, please");
    let early = Connection::new().read_some(4096).write(refusal).half_close().stall();
    let rig = Rig::new(early).await;
    let request = ChatRequest::user("MARK ".repeat(4_000_000));
    let error = in_time(rig.provider.complete(&request)).await.expect_err("a 413");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Rejected, Some(413)));
    assert_eq!(error.to_string(), "HTTP 413: less, please");
    assert_error_hides(&error);
    assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
    rig.works().await;
}

#[tokio::test]
async fn what_is_not_http_is_malformed() {
    let tls = [0x15, 3, 3, 0, 2, 2, 40];
    for bytes in [
        &b"SSH-2.0-OpenSSH_9.6 MARKbanner\r\n"[..],
        &tls,
        b"HTTP/3.0 200 OK\r\n\r\n",
        b"HTTP/1.1 099 MARKreason\r\n\r\n",
        b"HTTP/1.1 1000 x\r\n\r\n",
        b"HTTP/1.1 200 \x01MARK\r\n\r\n",
        b"<html>MARKpage</html>\r\n\r\n",
    ] {
        let rig = Rig::new(first(bytes)).await;
        let error = rig.fails(ErrorKind::Malformed, Socket::Gone).await;
        assert_eq!(error.to_string(), "the answer is not HTTP");
    }
}
