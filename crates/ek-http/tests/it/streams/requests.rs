//! The streaming request, and what the head of its answer adds to the reply.

use std::time::Duration;

use ek_core::{
    ChatRequest, ChatStream, DynProvider, DynToolProvider, ErrorKind, LlmProvider as _,
    StreamEvent, StreamingProvider, ToolSpec,
};
use ek_http::ProviderBuilder;
use ek_mock::wire::{RawRequest, response};
use serde_json::{Value, json};

use super::{EVENTS, Heard, framed, listen, whole};
use crate::support::rig::Rig;
use crate::support::{PROMPT, first, in_time, question};

/// The request for a stream with these settings.
async fn sent(change: impl FnOnce(ProviderBuilder) -> ProviderBuilder) -> (RawRequest, Value) {
    let rig = Rig::with(first(framed(whole(&["one"]))), change).await;
    assert_eq!(listen(&rig.provider).await.reply().content, "one");
    let request = rig.server.requests().remove(0);
    let body = serde_json::from_slice(&request.body).expect("JSON");
    (request, body)
}

#[tokio::test]
async fn a_streaming_request_asks_for_the_usage() {
    let (request, body) = sent(|settings| settings).await;
    assert_eq!(body["stream"], true);
    assert_eq!(body["stream_options"], json!({"include_usage": true}));
    assert_eq!(request.header("accept"), Some("text/event-stream, application/json"));
}

#[tokio::test]
async fn the_usage_can_be_left_out_for_servers_that_refuse_the_field() {
    let (_, body) = sent(|settings| settings.stream_usage(false)).await;
    assert_eq!(body["stream"], true);
    assert!(body.get("stream_options").is_none(), "{body}");
}

#[tokio::test]
async fn the_caller_s_accept_header_stays() {
    let (request, _) = sent(|settings| settings.header("accept", "text/event-stream")).await;
    assert_eq!(request.header("accept"), Some("text/event-stream"));
}

#[tokio::test]
async fn a_unary_request_does_not_ask_for_a_stream() {
    let rig = Rig::new(crate::support::good()).await;
    rig.works().await;
    let request = rig.server.requests().remove(0);
    let body: Value = serde_json::from_slice(&request.body).expect("JSON");
    assert!(body.get("stream").is_none_or(|stream| stream == false), "{body}");
    assert!(body.get("stream_options").is_none(), "{body}");
    assert_ne!(request.header("accept"), Some("text/event-stream, application/json"));
}

#[tokio::test]
async fn the_reply_has_the_data_of_the_head() {
    let headers = [
        EVENTS,
        ("x-request-id", "r-17"),
        ("x-ratelimit-limit-requests", "60"),
        ("x-ratelimit-remaining-tokens", "900"),
        ("x-ratelimit-reset-tokens", "6s"),
    ];
    let rig = Rig::new(first(response(200, &headers, whole(&["one", " two"])))).await;
    let heard = listen(&rig.provider).await;
    let reply = heard.reply();
    assert_eq!(reply.request_id.as_deref(), Some("r-17"));
    assert_eq!(reply.id.as_deref(), Some("c-1"));
    assert_eq!(reply.model.as_deref(), Some("test-model-7"));
    let limit = reply.rate_limit.expect("a rate limit");
    assert_eq!((limit.limit_requests, limit.remaining_tokens), (Some(60), Some(900)));
    assert_eq!(limit.reset_tokens, Some(Duration::from_secs(6)));
    assert_eq!(reply.usage.total(), Some(12));
    assert_eq!(heard.events.last(), Some(&StreamEvent::Usage(reply.usage)));
}

#[tokio::test]
async fn an_error_of_a_stream_has_the_request_id() {
    let headers = [EVENTS, ("x-request-id", "r-17"), ("x-should-retry", "false")];
    let rig = Rig::new(first(response(200, &headers, "data: {\n\n"))).await;
    let heard = listen(&rig.provider).await;
    assert_eq!(heard.error().request_id(), Some("r-17"));
    assert!(!heard.error().is_retryable(), "the server said so");
}

#[tokio::test]
async fn type_erased_providers_stream_as_well() {
    async fn text(provider: &impl StreamingProvider) -> String {
        let stream: ChatStream = in_time(provider.stream(&question())).await.expect("a stream");
        in_time(Heard::all(stream)).await.text()
    }
    let stream = first(framed(whole(&["one", " two"])));
    let rig = Rig::new(stream.clone()).await;
    assert_eq!(text(&DynProvider::streaming(rig.provider.clone())).await, "one two");
    let rig = Rig::new(stream).await;
    let tools = DynToolProvider::streaming(rig.provider.clone());
    assert!(tools.supports_streaming());
    assert_eq!(text(&tools).await, "one two");
    let plain = DynProvider::new(rig.provider.clone());
    let error = plain.stream(&question()).await.expect_err("not taken as one that streams");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(plain.model(), Some("test-model"));
}

#[tokio::test]
async fn a_request_that_is_refused_before_sending_is_refused_for_streams_too() {
    let rig = Rig::with(first(framed(whole(&["one"]))), |s| s.supports_tools(false)).await;
    let tool = ToolSpec::custom("tide", "tells the tide");
    let request = ChatRequest::user(PROMPT).with_tools([tool]);
    let error = rig.provider.stream(&request).await.expect_err("no tools");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let request = ChatRequest::user(PROMPT).with_timeout(Duration::ZERO);
    let error = rig.provider.stream(&request).await.expect_err("no time");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(rig.server.connection_count(), 0);
}
