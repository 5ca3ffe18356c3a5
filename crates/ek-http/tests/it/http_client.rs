//! Requests that ask no model.

use std::future::poll_fn;
use std::pin::Pin;

use bytes::Bytes;
use ek_core::{ErrorKind, Result};
use ek_http::{HttpBody, HttpClient, ProviderBuilder};
use ek_mock::wire::{Connection, RawServer, response, response_head};
use futures_core::Stream as _;

const KEY: &str = "0a1b2c3d4e5f60718293";

fn client(server: &RawServer, path: &str) -> ProviderBuilder {
    HttpClient::builder(format!("{}{path}", server.uri())).api_key(KEY)
}

async fn next(body: &mut HttpBody) -> Option<Result<Bytes>> {
    poll_fn(|cx| Pin::new(&mut *body).poll_next(cx)).await
}

async fn all(mut body: HttpBody) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(piece) = next(&mut body).await {
        all.extend_from_slice(&piece?);
    }
    Ok(all)
}

#[tokio::test]
async fn a_request_goes_to_the_url_as_it_is_with_the_key_and_the_headers() {
    let answer = response(202, &[("x-tide", "high")], "taken");
    let server = RawServer::start(Connection::new().read_request().write(answer).repeat()).await;
    let client = client(&server, "/a/mcp/?town=b").header("x-team", "blue");
    let client = client.build_http_client().expect("a client");
    let headers = [("accept".to_owned(), "text/event-stream".to_owned())];
    let answer = client.send("POST", &headers, Bytes::from_static(b"{\"a\":1}")).await;
    let answer = answer.expect("an answer");
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["x-tide"]),
        (202, &"high".parse().expect("a value"))
    );
    assert_eq!(all(answer.into_body()).await.expect("the body"), b"taken");
    client.send("DELETE", &[], Bytes::new()).await.expect("an answer");
    let requests = server.requests();
    let post = &requests[0];
    assert_eq!((post.method.as_str(), post.target.as_str()), ("POST", "/a/mcp/?town=b"));
    assert_eq!(post.body_text(), "{\"a\":1}");
    for (name, value) in [
        ("authorization", &*format!("Bearer {KEY}")),
        ("content-type", "application/json"),
        ("accept", "text/event-stream"),
        ("x-team", "blue"),
    ] {
        assert_eq!(post.header(name), Some(value), "{name}");
    }
    assert_eq!(requests[1].method, "DELETE");
    assert_eq!((requests[1].header("content-type"), server.connection_count()), (None, 1));
}

#[tokio::test]
async fn an_answer_that_is_no_success_is_an_error_without_the_key() {
    let said = format!(r#"{{"error":{{"message":"no key {KEY} here"}}}}"#);
    let answer = response(404, &[("content-type", "application/json")], said);
    let server = RawServer::start(Connection::new().read_request().write(answer)).await;
    let client = client(&server, "/mcp").build_http_client().expect("a client");
    let error = client.send("GET", &[], Bytes::new()).await.expect_err("no success");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Rejected, Some(404)));
    let shown = format!("{error} {error:?} {client:?}");
    assert!(shown.contains("no key") && !shown.contains(KEY), "{shown}");
    assert_eq!(client.mask(&format!("the key {KEY}")), "the key [REDACTED]");
}

#[tokio::test]
async fn a_body_comes_piece_by_piece_and_one_that_is_cut_is_an_error() {
    let head = response_head(200, &[("content-length", "10")]);
    let cut = Connection::new().read_request().write(head).write("first").fin();
    let server = RawServer::start(cut).await;
    let client = client(&server, "/mcp").build_http_client().expect("a client");
    let answer = client.send("GET", &[], Bytes::new()).await.expect("an answer");
    let mut body = answer.into_body();
    assert_eq!(next(&mut body).await.expect("a piece").expect("bytes"), "first");
    let error = next(&mut body).await.expect("an error").expect_err("cut");
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(next(&mut body).await.is_none());
}

#[test]
fn a_wrong_setting_is_a_config_error() {
    for builder in [
        HttpClient::builder("tides.example"),
        HttpClient::builder("http://tides.example/mcp").api_key(KEY),
    ] {
        let error = builder.build_http_client().expect_err("wrong");
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}
