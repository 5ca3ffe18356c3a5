//! The request on the wire: its line, its headers and its payload, byte for byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ek_core::{
    ApiKey, ChatRequest, Error, ErrorKind, LlmProvider as _, Message, ToolCallingProvider as _,
    ToolSpec,
};
use ek_http::{Auth, Provider, ProviderBuilder, TokenLimitField};
use ek_mock::wire::{RawRequest, RawServer, response};
use tokio::time::Instant;

use crate::support::hidden::assert_error_hides;
use crate::support::rig::Rig;
use crate::support::{JSON, KEY, completion, first, good, in_time, question, settings};

/// The request as the server receives it.
async fn sent(
    request: &ChatRequest,
    change: impl FnOnce(ProviderBuilder) -> ProviderBuilder,
) -> RawRequest {
    let rig = Rig::with(good(), change).await;
    in_time(rig.provider.complete(request)).await.expect("an answer");
    rig.server.requests().remove(0)
}

#[tokio::test]
async fn a_plain_request_is_sent_as_documented() {
    let request = ChatRequest::new([Message::system("Be brief."), Message::user("Why kilns?")]);
    let sent = sent(&request, |settings| settings).await;
    assert_eq!((sent.method.as_str(), sent.target.as_str()), ("POST", "/v1/chat/completions"));
    assert_eq!(
        sent.body_text(),
        r#"{"model":"test-model","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Why kilns?"}],"temperature":0.7,"max_tokens":4096}"#
    );
    let length = sent.body.len().to_string();
    let agent = concat!("executionkit/", env!("CARGO_PKG_VERSION"));
    let host = sent.header("host").unwrap_or_default().to_owned();
    assert!(host.starts_with("127.0.0.1:"), "{host}");
    let mut names: Vec<(String, &str)> = sent
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
        .collect();
    names.sort();
    let bearer = format!("Bearer {KEY}");
    let expected = [
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
        ("authorization", &bearer),
        ("content-length", &length),
        ("content-type", "application/json"),
        ("host", &host),
        ("user-agent", agent),
    ];
    assert_eq!(names, expected.map(|(name, value)| (name.to_owned(), value)));
}

#[tokio::test]
async fn settings_and_requests_shape_the_payload() {
    let request = ChatRequest::user("hi").with_temperature(0.0).with_extra("top_p", 0.5);
    let sent = sent(&request, |settings| {
        let settings = settings.default_temperature(1.5).default_max_tokens(None);
        settings.token_limit_field(TokenLimitField::MaxCompletionTokens)
    })
    .await;
    assert_eq!(
        sent.body_text(),
        r#"{"model":"test-model","messages":[{"role":"user","content":"hi"}],"temperature":0.0,"top_p":0.5}"#
    );
}

#[tokio::test]
async fn without_a_key_there_is_no_authorization() {
    let server = RawServer::start(good()).await;
    let provider = Provider::new(server.uri(), "m").expect("sound settings");
    in_time(provider.complete(&question())).await.expect("an answer");
    let sent = &server.requests()[0];
    assert_eq!((sent.header("authorization"), sent.header("api-key")), (None, None));
    assert_eq!(sent.target, "/chat/completions");
}

#[tokio::test]
async fn azure_gets_its_own_header_and_its_version_in_the_query() {
    let server = RawServer::start(good()).await;
    let base = format!("{}/openai/deployments/gpt-4o", server.uri());
    let provider = Provider::builder(base, "gpt-4o").api_key(KEY).auth(Auth::ApiKeyHeader);
    let provider = provider.query("api-version", "2024-10-21").build().expect("sound settings");
    in_time(provider.complete(&question())).await.expect("an answer");
    let sent = &server.requests()[0];
    let target = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21";
    assert_eq!(sent.target, target);
    assert_eq!((sent.header("api-key"), sent.header("authorization")), (Some(KEY), None));
}

#[tokio::test]
async fn headers_of_the_request_win_over_those_of_the_provider_and_these_over_the_defaults() {
    let request = question().with_header("X-Team", "request").with_header("accept", "*/*");
    let sent = sent(&request, |settings| {
        let settings = settings.header("x-team", "first").header("x-team", "second");
        settings.header("x-only", "provider").user_agent("kiln/7")
    })
    .await;
    assert_eq!(sent.header_values("x-team").collect::<Vec<_>>(), ["request"]);
    assert_eq!(sent.header_values("accept").collect::<Vec<_>>(), ["*/*"]);
    assert_eq!(sent.header_values("user-agent").collect::<Vec<_>>(), ["kiln/7"]);
    assert_eq!(sent.header("x-only"), Some("provider"));
}

#[tokio::test]
async fn a_request_may_have_its_own_authorization() {
    let request = question().with_header("authorization", "Bearer other");
    let sent = sent(&request, |settings| settings).await;
    assert_eq!(sent.header_values("authorization").collect::<Vec<_>>(), ["Bearer other"]);
}

#[tokio::test]
async fn the_idempotency_header_carries_the_request_s_key_or_a_fresh_one() {
    let rig = Rig::with(good(), |s| s.idempotency_header("Idempotency-Key")).await;
    let named = question().with_idempotency_key("call-7");
    for request in [&named, &named, &question(), &question()] {
        in_time(rig.provider.complete(request)).await.expect("an answer");
    }
    let requests = rig.server.requests();
    let keys: Vec<&str> = requests.iter().filter_map(|r| r.header("idempotency-key")).collect();
    assert_eq!(keys[..2], ["call-7", "call-7"]);
    assert!(keys[2].len() >= 16 && keys[3].len() >= 16, "{keys:?}");
    assert_ne!(keys[2], keys[3]);
    assert!(requests.iter().all(|r| !r.body_text().contains("call-7")));
    let sent = sent(&named, |settings| settings).await;
    assert_eq!(sent.header("idempotency-key"), None, "not asked for");
}

#[tokio::test]
async fn the_key_source_is_asked_once_for_each_call() {
    let asked = Arc::new(AtomicUsize::new(0));
    let rig = Rig::with(good(), |settings| {
        settings.api_key_source(move || {
            let turn = asked.fetch_add(1, Ordering::SeqCst);
            async move { ApiKey::new(format!("MARKtoken-of-turn-{turn}")) }
        })
    })
    .await;
    for _ in 0..3 {
        rig.works().await;
    }
    let requests = rig.server.requests();
    let keys: Vec<_> = requests.iter().filter_map(|r| r.header("authorization")).collect();
    let expected = [0, 1, 2].map(|turn| format!("Bearer MARKtoken-of-turn-{turn}"));
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn a_key_source_that_fails_ends_the_call_before_anything_is_sent() {
    let rig = Rig::with(good(), |settings| {
        settings.api_key_source(|| async { Err(Error::new(ErrorKind::Server, "no token today")) })
    })
    .await;
    let error = rig.ask().await.expect_err("no key");
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Server, "no token today"));
    let bad = Rig::with(good(), |s| s.api_key_source(|| async { ApiKey::new("MARK\n") })).await;
    let error = bad.ask().await.expect_err("a bad key");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_error_hides(&error);
    assert_eq!(rig.server.connection_count() + bad.server.connection_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_key_source_that_hangs_is_a_timeout_within_the_attempt() {
    let settings = settings("http://localhost:1").timeout(Duration::from_secs(5));
    let provider = settings.api_key_source(std::future::pending).build().expect("sound settings");
    let start = Instant::now();
    let error = in_time(provider.complete(&question())).await.expect_err("no key");
    assert_eq!((error.kind(), start.elapsed()), (ErrorKind::Timeout, Duration::from_secs(5)));
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_refused_before_anything_is_sent() {
    let rig = Rig::new(good()).await;
    for (name, value) in [
        ("x-team", "MARK\r\nx-evil: 1"),
        ("x team", "MARK"),
        ("", "MARK"),
        ("host", "MARK.test"),
        ("content-length", "3"),
        ("transfer-encoding", "chunked"),
        ("proxy-authorization", "MARK"),
    ] {
        let request = question().with_header(name, value);
        let error = in_time(rig.provider.complete(&request)).await.expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Config, "{name}");
        assert!(!error.may_have_executed());
        assert_error_hides(&error);
        let error = settings("http://localhost").header(name, value).build();
        assert_error_hides(&error.expect_err(name));
    }
    assert_eq!(rig.server.connection_count(), 0);
}

#[tokio::test]
async fn tools_are_refused_before_anything_is_sent_if_they_are_not_supported() {
    let rig = Rig::with(good(), |settings| settings.supports_tools(false)).await;
    assert!(!rig.provider.supports_tools());
    let tool = ToolSpec::new("MARKtool", "MARK", "{}").expect("a schema");
    let request = question().with_tools([tool.clone()]);
    let error = in_time(rig.provider.complete(&request)).await.expect_err("no tools");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(!error.is_retryable() && !error.may_have_executed());
    assert_error_hides(&error);
    assert_eq!(rig.server.connection_count(), 0);
    rig.works().await;
    let sent = sent(&request, |settings| settings).await;
    assert!(sent.body_text().contains(r#""tools":[{"type":"function""#), "{}", sent.body_text());
}

#[tokio::test]
async fn think_tags_are_split_off_only_if_the_setting_is_on() {
    let text = "<think>Hot or not?</think>\n\nHot.";
    let answer = || first(response(200, &[JSON], completion(text)));
    let rig = Rig::new(answer()).await;
    let reply = rig.ask().await.expect("an answer");
    assert_eq!((reply.content.as_str(), reply.reasoning), (text, None));
    let rig = Rig::with(answer(), |settings| settings.split_think_tags(true)).await;
    let reply = rig.ask().await.expect("an answer");
    assert_eq!(reply.content, "Hot.");
    assert_eq!(reply.reasoning.as_deref(), Some("Hot or not?"));
}

#[tokio::test]
async fn the_reply_has_its_usage() {
    let reply = Rig::new(good()).await.works().await;
    let counts = (reply.input_tokens(), reply.output_tokens(), reply.total_tokens());
    assert_eq!(counts, (Some(9), Some(3), Some(12)));
    assert_eq!(reply.model.as_deref(), Some("test-model-7"));
    assert_eq!((reply.id.as_deref(), reply.finish_reason_raw()), (Some("c-1"), Some("stop")));
    assert_eq!((reply.request_id, reply.rate_limit), (None, None));
}
