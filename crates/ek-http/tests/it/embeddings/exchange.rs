//! What a call for vectors shares with every other call: headers, limits, caps, errors and secrets.

use std::time::Duration;

use ek_core::{EmbeddingProvider as _, EmbeddingRequest, ErrorKind};
use ek_http::{Provider, ProviderBuilder};
use ek_mock::wire::{Connection, RawServer, response};
use serde_json::json;

use super::{answer, embed, two_texts, two_vectors};
use crate::support::hidden::{assert_error_hides, assert_hidden};
use crate::support::memory::{Memory, read_request};
use crate::support::native::Rig;
use crate::support::{JSON, KEY, in_time, logs, settings};

async fn rig(answers: impl IntoIterator<Item = Vec<u8>>) -> Rig {
    changed(answers, |settings| settings).await
}

async fn changed(
    answers: impl IntoIterator<Item = Vec<u8>>,
    change: impl FnOnce(ProviderBuilder) -> ProviderBuilder,
) -> Rig {
    logs::start();
    let settings = Provider::builder("http://replaced", "m");
    Rig::with(settings, answers, |settings, _| change(settings)).await
}

#[tokio::test]
async fn what_the_head_of_the_answer_says_is_kept() {
    let headers = [JSON, ("x-request-id", "req-7"), ("x-ratelimit-remaining-requests", "41")];
    let rig = rig([response(200, &headers, two_vectors().to_string())]).await;
    let found = embed(&rig, &two_texts()).await.expect("vectors");
    assert_eq!((found.len(), found.dimensions()), (2, 2));
    assert_eq!(found.model.as_deref(), Some("embed-7"));
    assert_eq!(found.usage.input_tokens, Some(9));
    assert_eq!(found.usage.output_tokens, Some(0), "nothing is generated");
    assert_eq!(found.request_id.as_deref(), Some("req-7"));
    assert_eq!(found.rate_limit.and_then(|limit| limit.remaining_requests), Some(41));
}

#[tokio::test]
async fn headers_and_the_idempotency_key_of_the_request_are_sent() {
    let rig = changed([answer(200, &two_vectors())], |settings| {
        settings.header("x-team", "blue").idempotency_header("idempotency-key")
    })
    .await;
    let request = two_texts().with_header("x-team", "red").with_idempotency_key("call-1");
    embed(&rig, &request).await.expect("vectors");
    let sent = rig.server.requests().remove(0);
    assert_eq!(sent.header("x-team"), Some("red"));
    assert_eq!(sent.header("idempotency-key"), Some("call-1"));
    assert_eq!(sent.header("accept"), Some("application/json"));
}

#[tokio::test]
async fn an_error_has_its_class_its_hint_and_no_secret() {
    let body = json!({"error": {"message": format!("Slow down, {KEY}"), "code": "rate_limited"}});
    let headers = [JSON, ("retry-after", "3"), ("x-request-id", "req-7")];
    let rig = rig([response(429, &headers, body.to_string())]).await;
    let error = embed(&rig, &two_texts()).await.expect_err("refused");
    assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Some(429)));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
    assert_eq!(error.request_id(), Some("req-7"));
    assert_error_hides(&error);
}

#[tokio::test]
async fn what_is_wrong_with_vectors_is_said_and_the_texts_are_not() {
    let torn = json!({"data": [{"index": 0, "embedding": "MARKMARK"}, {"index": 1}]});
    let narrow = json!({"data": [{"embedding": [0.5]}, {"embedding": [0.25]}]});
    let rig = rig([answer(200, &torn), answer(200, &narrow)]).await;
    let error = embed(&rig, &two_texts()).await.expect_err("torn");
    let said = "HTTP 200: vector 0 is a text, but no base64 of `f32`";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Malformed, said));
    assert!(error.is_retryable() && error.may_have_executed());
    assert_error_hides(&error);

    let error = embed(&rig, &two_texts().with_dimensions(2)).await.expect_err("narrow");
    let said = "HTTP 200: the vectors have 1 numbers, and 2 were asked for";
    assert_eq!(error.to_string(), said);
    assert!(!error.is_retryable(), "it would be the same again");
}

#[tokio::test]
async fn vectors_that_cannot_be_used_cost_what_was_reported() {
    let wide = two_texts().with_dimensions(3);
    let three = EmbeddingRequest::new(["a", "b", "c"]);
    for request in [wide, three] {
        let rig = rig([answer(200, &two_vectors())]).await;
        let error = embed(&rig, &request).await.expect_err("unusable");
        assert_eq!(error.kind(), ErrorKind::Malformed);
        assert_eq!((error.spend().calls, error.spend().usage.input_tokens), (1, Some(9)));
    }
}

#[tokio::test]
async fn an_answer_beyond_the_cap_is_too_large() {
    let rig = changed([answer(200, &two_vectors())], |settings| settings.max_response_bytes(64));
    let error = embed(&rig.await, &two_texts()).await.expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_the_attempt_is_limited_and_no_stream_is_advised() {
    let silent = Memory::new(|mut stream| async {
        read_request(&mut stream).await;
        stream
    });
    let settings = settings("http://model.test").allow_insecure_key(true);
    let provider = settings.connector(silent).build().expect("sound");
    let request = two_texts().with_timeout(Duration::from_secs(90));
    let error = in_time(provider.embed(&request)).await.expect_err("too slow");
    let said = "no whole answer within 90s";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Timeout, said));
}

#[tokio::test]
async fn a_closed_provider_embeds_nothing() {
    let rig = rig([]).await;
    in_time(rig.provider.close()).await;
    let error = embed(&rig, &two_texts()).await.expect_err("closed");
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn the_next_call_uses_the_connection_of_the_last() {
    let good = || response(200, &[JSON], two_vectors().to_string());
    let connection = Connection::new().read_request().write(good()).read_request().write(good());
    let server = RawServer::start(connection.stall()).await;
    let provider = settings(&server.uri()).build().expect("sound");
    for _ in 0..2 {
        in_time(provider.embed(&two_texts())).await.expect("vectors");
    }
    assert_eq!(server.requests().len(), 2);
    assert_hidden("the log", &logs::so_far());
}
