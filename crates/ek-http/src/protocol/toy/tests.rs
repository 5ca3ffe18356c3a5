//! The toy over a connection.

use ek_core::{ChatRequest, ErrorKind, LlmProvider as _, StreamingProvider as _};
use ek_mock::wire::{Connection, RawScript, RawServer, response};

use super::Toy;
use crate::builder::ProviderBuilder;
use crate::provider::Provider;

/// A provider that speaks the toy to a server which answers once with this body.
async fn provider_of(media_type: &str, body: &str) -> (Provider, RawServer) {
    let head = [("content-type", media_type)];
    let answer = Connection::new().read_request().write(response(200, &head, body));
    let server = RawServer::start(RawScript::in_order([answer])).await;
    let builder = ProviderBuilder::speaking(&Toy, server.uri(), "m");
    (builder.header("x-toy", "2").build().expect("sound settings"), server)
}

#[tokio::test]
async fn a_protocol_writes_and_reads_its_own_fields() {
    let (provider, server) =
        provider_of("application/json", r#"{"said":"hello","end":true}"#).await;
    let request = ChatRequest::user("hi").with_header("x-toy", "3");
    let reply = provider.complete(&request).await.expect("a reply");
    assert_eq!(reply.content, "hello");
    let sent = &server.requests()[0];
    assert_eq!(sent.target, "/v7/toy");
    assert_eq!(sent.header("x-toy"), Some("2,3"));
    assert_eq!(sent.body, br#"{"model":"m","say":"hi"}"#);
}

#[tokio::test]
async fn a_protocol_reads_its_own_stream_and_knows_when_it_is_cut() {
    let first = "data: {\"said\":\"hel\"}\n\n";
    let whole = format!("{first}data: {{\"said\":\"lo\",\"end\":true}}\n\n");
    let (provider, _server) = provider_of("text/event-stream", &whole).await;
    let stream = provider.stream(&ChatRequest::user("hi")).await.expect("a stream");
    assert_eq!(stream.collect().await.expect("a reply").content, "hello");

    let (provider, _server) = provider_of("text/event-stream", first).await;
    let stream = provider.stream(&ChatRequest::user("hi")).await.expect("a stream");
    let error = stream.collect().await.expect_err("a cut");
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(error.partial().expect("what came").content, "hel");
}

#[tokio::test]
async fn a_protocol_reads_a_stream_where_a_document_is_due_and_a_document_where_a_stream_is() {
    let (provider, _server) =
        provider_of("application/json", "data: {\"said\":\"hello\",\"end\":true}\n\n").await;
    let reply = provider.complete(&ChatRequest::user("hi")).await.expect("a reply");
    assert_eq!(reply.content, "hello");

    let (provider, _server) =
        provider_of("text/event-stream", r#"{"said":"hello","end":true}"#).await;
    let stream = provider.stream(&ChatRequest::user("hi")).await.expect("a stream");
    assert_eq!(stream.collect().await.expect("a reply").content, "hello");
}
