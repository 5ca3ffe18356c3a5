//! The telemetry of a call: its span, and an event for each failed attempt.

use std::time::Duration;

use ek_core::{
    EmbeddingProvider as _, EmbeddingRequest, LlmProvider as _, ReasoningBudget,
    StreamingProvider as _,
};
use ek_mock::wire::{Connection, response, response_head};
use tokio::time::sleep;
use tracing::Instrument as _;

use crate::support::hidden::assert_hidden;
use crate::support::memory::{Memory, read_request, write};
use crate::support::rig::Rig;
use crate::support::{JSON, MARK, first, good, in_time, logs, question, settings};

/// The last line of the call's span, which has all its fields.
fn closed_span() -> String {
    let log = logs::so_far();
    assert_hidden("the log", &log);
    let mut closed =
        log.lines().filter(|line| line.contains("ek_http") && line.contains(": close"));
    let line = closed.next().expect("a span that has ended").to_owned();
    assert_eq!(closed.next(), None, "one span for each call");
    line
}

#[track_caller]
fn assert_has(line: &str, fields: &[&str]) {
    for field in fields {
        assert!(line.contains(field), "{field} is not in {line}");
    }
}

#[tokio::test]
async fn a_span_has_the_names_of_the_conventions() {
    let usage = r#"{"prompt_tokens":900,"completion_tokens":70,"prompt_tokens_details":{"cached_tokens":800},"completion_tokens_details":{"reasoning_tokens":50}}"#;
    let body = format!(
        r#"{{"id":"c-1","model":"test-model-7","choices":[{{"message":{{"content":"{MARK}"}},"finish_reason":"stop"}}],"usage":{usage}}}"#
    );
    let rig = Rig::new(first(response(200, &[JSON], body))).await;
    rig.ask().await.expect("an answer");
    assert_has(
        &closed_span(),
        &[
            r#"otel.name=chat test-model"#,
            r#"otel.kind="client""#,
            r#"gen_ai.operation.name="chat""#,
            r#"gen_ai.provider.name="127.0.0.1""#,
            r#"gen_ai.request.model="test-model""#,
            "gen_ai.request.stream=false",
            &format!("server.port={}", rig.server.addr().port()),
            r#"gen_ai.response.model="test-model-7""#,
            r#"gen_ai.response.finish_reasons=["stop"]"#,
            "gen_ai.usage.input_tokens=900",
            "gen_ai.usage.output_tokens=70",
            "gen_ai.usage.cache_read.input_tokens=800",
            "gen_ai.usage.reasoning.output_tokens=50",
        ],
    );
}

#[tokio::test]
async fn a_span_of_vectors_has_the_names_of_the_conventions() {
    let vectors =
        r#"{"model":"embed-7","data":[{"embedding":[0.5,0.25]}],"usage":{"prompt_tokens":9}}"#;
    let rig = Rig::new(first(response(200, &[JSON], vectors))).await;
    let request = EmbeddingRequest::from(MARK);
    in_time(rig.provider.embed(&request)).await.expect("vectors");
    assert_has(
        &closed_span(),
        &[
            "otel.name=embeddings test-model",
            r#"gen_ai.operation.name="embeddings""#,
            r#"gen_ai.request.model="test-model""#,
            r#"gen_ai.response.model="embed-7""#,
            "gen_ai.embeddings.dimension.count=2",
            "executionkit.embeddings.inputs=1",
            "gen_ai.usage.input_tokens=9",
        ],
    );
}

#[tokio::test]
async fn a_failed_call_for_vectors_is_an_event_too() {
    let rig = Rig::new(first(response(500, &[], ""))).await;
    let request = EmbeddingRequest::from(MARK);
    in_time(rig.provider.embed(&request)).await.expect_err("a failure");
    assert_has(&closed_span(), &[r#"error.type="Server""#, "http.response.status_code=500"]);
    assert!(logs::so_far().contains("attempt failed"), "{}", logs::so_far());
}

/// The target and the name are those of ek-patterns.
#[tokio::test]
async fn within_a_call_of_the_call_layer_tokens_are_not_counted_again() {
    logs::start();
    let rig = Rig::new(good()).await;
    let around = tracing::info_span!(target: "ek_patterns::observe::spans", "chat");
    in_time(rig.ask().instrument(around)).await.expect("an answer");
    let log = logs::so_far();
    assert!(log.contains("executionkit.usage.input_tokens="), "{log}");
    assert!(!log.contains("gen_ai.usage"), "{log}");
}

#[tokio::test]
async fn a_provider_s_name_may_be_given() {
    let rig = Rig::with(first(response(500, &[], "")), |s| s.provider_name("acme")).await;
    rig.ask().await.expect_err("a failure");
    assert_has(&closed_span(), &[r#"gen_ai.provider.name="acme""#]);
}

#[tokio::test]
async fn a_failed_attempt_is_one_debug_event_without_a_secret() {
    let body =
        r#"{"error":{"message":"no such model, MARKkey-7d1e0c55a9b3f204","code":"model_x"}}"#;
    let answer = response(404, &[JSON, ("x-request-id", "req-9")], body);
    let rig = Rig::new(first(answer)).await;
    let error = rig.ask().await.expect_err("a failure");
    let log = logs::so_far();
    let events: Vec<_> = log.lines().filter(|line| line.contains("attempt failed")).collect();
    assert_eq!(events.len(), 1, "{log}");
    assert_has(
        events[0],
        &[
            "DEBUG",
            "ek_http",
            &format!("attempt failed: {error}"),
            r#"error.kind="Rejected""#,
            "http.response.status_code=404",
            r#"error.code="model_x""#,
            r#"request.id="req-9""#,
            "retryable=false",
        ],
    );
    let closed = [r#"error.type="Rejected""#, r#"otel.status_code="ERROR""#];
    assert_has(&closed_span(), &closed);
}

#[tokio::test]
async fn a_field_that_the_protocol_lacks_is_named_in_a_debug_event() {
    let rig = Rig::new(first(response(500, &[], ""))).await;
    let request = question().with_reasoning_budget(ReasoningBudget::Tokens(2_048));
    rig.provider.complete(&request).await.expect_err("a failure");
    let log = logs::so_far();
    let event = log.lines().find(|line| line.contains("left out of the request"));
    let said = ["DEBUG", r#"protocol="chat_completions""#, r#"field="reasoning_budget""#];
    assert_has(event.expect("an event"), &said);
}

#[tokio::test]
async fn a_stream_that_fails_is_one_debug_event() {
    let cut = [response_head(200, &[("content-length", "99")]), b"data: {".to_vec()].concat();
    let rig = Rig::new(Connection::new().read_request().write(cut).fin()).await;
    let stream = in_time(rig.provider.stream(&question())).await.expect("a stream");
    in_time(stream.collect()).await.expect_err("cut");
    let events = logs::so_far().matches("attempt failed").count();
    assert_eq!(events, 1);
    assert_has(&closed_span(), &[r#"error.type="Interrupted""#]);
}

/// Sends a stream's first chunk after three seconds, and nothing more.
fn slow() -> Memory {
    Memory::new(|mut stream| async move {
        read_request(&mut stream).await;
        write(&mut stream, response_head(200, &[])).await;
        write(&mut stream, ": hold on\n\n").await;
        sleep(Duration::from_secs(3)).await;
        write(&mut stream, "data: {\"choices\":[{\"delta\":{\"content\":\"MARK\"}}]}\n\n").await;
        stream
    })
}

#[tokio::test(start_paused = true)]
async fn the_time_to_the_first_chunk_is_measured_and_a_dropped_stream_is_cancelled() {
    let provider = settings("http://localhost").connector(slow()).build().expect("sound settings");
    let mut stream = provider.stream(&question()).await.expect("a stream");
    stream.next().await.expect("an event").expect("a text");
    drop(stream);
    let expected = ["gen_ai.response.time_to_first_chunk=3", r#"error.type="cancelled""#];
    assert_has(&closed_span(), &expected);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_cancelled() {
    let provider = settings("http://localhost").connector(slow()).build().expect("sound settings");
    let request = question();
    let second = Duration::from_secs(1);
    let waited = tokio::time::timeout(second, provider.complete(&request)).await;
    assert!(waited.is_err());
    assert_has(&closed_span(), &[r#"error.type="cancelled""#]);
    assert!(!logs::so_far().contains("attempt failed"));
}
