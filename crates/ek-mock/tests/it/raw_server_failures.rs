//! What fails a test and what does not: bad scripts and bad closures are raised again, peers that go
//! away are only recorded.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ek_mock::wire::{Closed, Connection, RawScript, RawServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::raw_server::{connect, in_time};

const GET: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

fn panic_text(run: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("a panic");
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("a text")).to_owned(),
    }
}

/// Sends bytes, ends the client's direction, and waits for the end of the connection.
async fn send_and_end(server: &RawServer, bytes: &[u8]) -> Closed {
    let index = server.connection_count();
    let mut client = connect(server).await;
    client.write_all(bytes).await.expect("bytes sent");
    client.shutdown().await.expect("a half-closed connection");
    let mut rest = Vec::new();
    in_time(client.read_to_end(&mut rest)).await.expect("an end");
    in_time(server.wait_closed(index)).await
}

/// The failure that a script raises for what a client sends.
async fn failure(script: Connection, bytes: &[u8]) -> String {
    let server = RawServer::start(script).await;
    let mut client = connect(&server).await;
    client.write_all(bytes).await.expect("bytes sent");
    client.shutdown().await.expect("a half-closed connection");
    // Reset or not, the client sees an end, and by then the failure is on record.
    let _ = in_time(client.read_to_end(&mut Vec::new())).await;
    panic_text(|| drop(server))
}

#[tokio::test]
async fn a_peer_that_leaves_in_the_middle_of_a_request_is_recorded_and_no_failure() {
    let server = RawServer::start(Connection::new().read_request()).await;
    for (bytes, what) in [
        ("GET / HT", "the request ends after 8 bytes of its head"),
        (
            "POST / HTTP/1.1\r\ncontent-length: 10\r\n\r\nfour",
            "the request ends after 4 of 10 bytes of its body",
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfour\r\n5\r\nfi",
            "the request ends after 6 bytes of a chunked body",
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfour\r\n",
            "the request ends after 4 bytes of a chunked body",
        ),
    ] {
        let closed = send_and_end(&server, bytes.as_bytes()).await;
        assert_eq!(closed, Closed::ByPeer);
        let last = server.incomplete_requests().pop();
        let expected = format!("connection {}: {what}", server.connection_count() - 1);
        assert_eq!(last, Some(expected));
    }
    assert_eq!(send_and_end(&server, b"").await, Closed::ByPeer);
    assert_eq!(server.incomplete_requests().len(), 4);
    assert_eq!(server.request_count(), 0);
}

#[tokio::test]
async fn a_strict_connection_fails_on_half_a_request_and_not_on_none() {
    let script = Connection::new().strict().read_request().repeat();
    assert_eq!(
        failure(script.clone(), b"GET").await,
        "the scripted server failed:\n  \
         connection 0: the request ends after 3 bytes of its head"
    );
    let server = RawServer::start(script).await;
    assert_eq!(send_and_end(&server, GET).await, Closed::ByPeer);
}

#[tokio::test]
async fn what_is_no_http_request_is_a_failure_that_quotes_nothing() {
    for (bytes, why) in [
        ("\u{16}\u{3}\u{1}", "its first byte cannot begin a method"),
        ("sk-secret\r\n\r\n", "the request line is not a method, a target and a version"),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nsk-secret\r\n",
            "a chunk size is not a number",
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nsk-secret\r\n",
            "a chunk is longer than its size says",
        ),
    ] {
        let text = failure(Connection::new().read_request(), bytes.as_bytes()).await;
        assert_eq!(
            text,
            format!(
                "the scripted server failed:\n  \
                 connection 0: what the peer sent is no HTTP/1 request: {why}"
            )
        );
    }
}

#[tokio::test]
async fn a_panic_of_a_closure_is_raised_again_when_the_server_is_dropped() {
    let text = |text: &'static str| {
        format!(
            "the scripted server failed:\n  \
             connection 0: the closure that answers panicked: {text}"
        )
    };
    let literal = Connection::new().read_request().respond(|_| panic!("as asked"));
    assert_eq!(failure(literal, GET).await, text("as asked"));
    let formatted =
        Connection::new().read_request().respond(|request| panic!("no {}", request.method));
    assert_eq!(failure(formatted, GET).await, text("no GET"));
    let neither = Connection::new().read_request().respond(|_| std::panic::panic_any(7));
    assert_eq!(failure(neither, GET).await, text("(no text)"));
}

#[tokio::test]
async fn a_script_that_cannot_be_done_says_why() {
    for (script, what) in [
        (
            Connection::new().respond(|_| Vec::new()),
            "the script answers a request and has read none",
        ),
        (Connection::new().repeat(), "the script repeats nothing"),
        (Connection::new().half_close().write("x"), "the script writes after half_close()"),
    ] {
        let text = failure(script, b"").await;
        assert_eq!(text, format!("the scripted server failed:\n  connection 0: {what}"));
    }
    let nobody = RawServer::start(Connection::new()).await;
    let addr = nobody.addr();
    in_time(nobody.stop()).await;
    let text = failure(Connection::new().tunnel(addr), b"").await;
    let expected = "connection 0: the tunnel's target cannot be reached: ";
    assert!(text.contains(expected), "{text}");
}

#[tokio::test]
async fn a_connection_more_than_scripted_is_closed_and_raised() {
    let script = RawScript::in_order([Connection::new().read_request()]);
    let server = RawServer::start(script).await;
    send_and_end(&server, GET).await;
    assert_eq!(send_and_end(&server, b"").await, Closed::ByServer);
    assert_eq!(
        panic_text(|| drop(server)),
        "the scripted server failed:\n  \
         connection 1: it was not expected, the script ends after 1 connection(s)"
    );
}

#[tokio::test]
#[should_panic(expected = "the script ends after 0 connection(s)")]
async fn a_wait_that_a_failure_has_made_hopeless_panics() {
    let server = RawServer::start(RawScript::in_order([])).await;
    let _client = connect(&server).await;
    in_time(server.wait_for_requests(1)).await;
}

#[tokio::test]
#[should_panic(expected = "the script repeats nothing")]
async fn a_stopped_server_raises_its_failures() {
    let server = RawServer::start(Connection::new().repeat()).await;
    let mut client = connect(&server).await;
    let _ = in_time(client.read_u8()).await;
    in_time(server.stop()).await;
}

#[tokio::test]
async fn a_failure_does_not_replace_the_panic_of_the_test() {
    let server = RawServer::start(Connection::new().repeat()).await;
    let mut client = connect(&server).await;
    let _ = in_time(client.read_u8()).await;
    let text = panic_text(|| {
        let _server = server;
        panic!("the test's own");
    });
    assert_eq!(text, "the test's own");
}
