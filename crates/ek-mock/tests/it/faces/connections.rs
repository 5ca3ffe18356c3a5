//! Connections: keep-alive, many at once, other paths, and what is no HTTP.

use ek_core::{ChatRequest, LlmProvider};
use ek_mock::wire::{MockServer, MockTransport};
use ek_mock::{MockReply, RawReply, Script};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{ask, closing, connection, exchange, over, question, to};

fn first_line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_call() {
    let transport = MockTransport::new(Script::cycling(["a", "b"]));
    let provider = over(&transport);
    for text in ["a", "b", "a"] {
        assert_eq!(ask(&provider, "?").await.expect("a reply").content, text);
    }
    assert_eq!((transport.call_count(), transport.connection_count()), (3, 1));
    drop(provider);
    transport.wait_all_closed().await;
    assert_eq!(transport.open_connections(), 0);
}

#[tokio::test]
async fn requests_that_do_not_wait_are_answered_in_order() {
    let transport = MockTransport::new(Script::cycling([
        MockReply::from("first").after(super::SECOND / 100),
        "second".into(),
    ]));
    let sent = [question(false), closing(&question(false))].concat();
    let (bytes, _) = exchange(&mut connection(&transport), &sent).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (first, second) = (text.find("first"), text.find("second"));
    assert!(first.is_some() && first < second, "{text}");
}

#[tokio::test]
async fn many_callers_at_once_are_served() {
    let script = Script::responding(|request: &ChatRequest| {
        request.last_user_text().unwrap_or_default().into_owned()
    });
    let server = MockServer::start(script.clone()).await;
    let transport = MockTransport::new(script);
    for provider in [to(&server), over(&transport)] {
        let mut callers = JoinSet::new();
        for caller in 0..50 {
            let provider = provider.clone();
            callers.spawn(async move {
                let text = caller.to_string();
                assert_eq!(ask(&provider, &text).await.expect("a reply").content, text);
            });
        }
        while let Some(done) = callers.join_next().await {
            done.expect("the own reply");
        }
    }
    assert_eq!((server.call_count(), transport.call_count()), (50, 50));
}

#[tokio::test]
async fn any_prefix_of_the_path_will_do_and_other_paths_are_not_found() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let mut lines = Vec::new();
    for target in [
        "POST /chat/completions",
        "POST /openai/deployments/m/chat/completions?api-version=1",
        "GET /v1/chat/completions",
        "POST /v1/completions",
        "GET /v1/embeddings",
    ] {
        let sent = String::from_utf8(closing(&question(false))).expect("text");
        let sent = sent.replacen("POST /v1/chat/completions", target, 1);
        let (bytes, _) = exchange(&mut connection(&transport), sent.as_bytes()).await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = text.split_once("\r\n\r\n").expect("a body").1;
        let body = if bytes.starts_with(b"HTTP/1.1 200") { "..." } else { body };
        lines.push(format!("{target}: {} {body}", first_line(&bytes)));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    POST /chat/completions: HTTP/1.1 200 OK ...
    POST /openai/deployments/m/chat/completions?api-version=1: HTTP/1.1 200 OK ...
    GET /v1/chat/completions: HTTP/1.1 405 Method Not Allowed {"error":{"message":"this mock answers POST, and not GET","type":"invalid_request_error","param":null,"code":null}}
    POST /v1/completions: HTTP/1.1 404 Not Found {"error":{"message":"this mock answers POST to a path that ends in /messages or :generateContent or /responses or /chat/completions or /embeddings or :batchEmbedContents or :embedContent, and not POST /v1/completions","type":"invalid_request_error","param":null,"code":null}}
    GET /v1/embeddings: HTTP/1.1 405 Method Not Allowed {"error":{"message":"this mock answers POST, and not GET","type":"invalid_request_error","param":null,"code":null}}
    "#);
    assert_eq!(transport.call_count(), 2);
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_the_connection_closed() {
    let server = MockServer::start(Script::cycling(["a"])).await;
    let mut socket = TcpStream::connect(server.addr()).await.expect("a connection");
    let (bytes, _) = exchange(&mut socket, b"\x16\x03\x01 hello").await;
    assert_eq!(first_line(&bytes), "HTTP/1.1 400 Bad Request");
    assert_eq!(ask(&to(&server), "?").await.expect("it serves on").content, "a");
    server.stop().await;
}

#[tokio::test]
async fn half_a_request_is_no_call() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let mut client = connection(&transport);
    let sent = question(false);
    client.write_all(&sent[..sent.len() - 3]).await.expect("taken");
    drop(client);
    transport.wait_all_closed().await;
    assert_eq!(transport.call_count(), 0);
}

#[tokio::test]
async fn a_connection_of_http_1_0_is_closed_behind_the_reply() {
    let transport = MockTransport::new(Script::cycling([RawReply::new(200).with_body("a")]));
    let sent =
        String::from_utf8(question(false)).expect("text").replacen("HTTP/1.1", "HTTP/1.0", 1);
    let (bytes, reset) = exchange(&mut connection(&transport), sent.as_bytes()).await;
    assert!(bytes.ends_with(b"\r\n\r\na") && !reset);
}

#[tokio::test]
async fn the_server_beneath_knows_the_requests_byte_by_byte() {
    let server = MockServer::start(Script::cycling(["a"])).await;
    to(&server).complete(&"?".into()).await.expect("a reply");
    assert_eq!(server.raw().requests()[0].path(), "/v1/chat/completions");
    assert_eq!(server.raw().connection_count(), 1);
}

#[test]
fn outside_a_runtime_there_is_no_connection_and_no_panic() {
    assert!(MockTransport::new(Script::cycling(["a"])).connect().is_err());
}
