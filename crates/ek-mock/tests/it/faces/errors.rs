//! Errors through a real client.

use ek_core::{Error, ErrorKind, LlmProvider};
use ek_mock::wire::MockTransport;
use ek_mock::{MockReply, Script};

use super::{SECOND, ask, over};

#[tokio::test]
async fn what_was_said_of_an_error_reaches_the_client() {
    let error = Error::new(ErrorKind::Server, "overloaded")
        .with_status(529)
        .with_code("busy")
        .with_request_id("req_1")
        .with_retry_after(SECOND * 3)
        .with_retryable(false);
    let transport = MockTransport::new(Script::cycling([error.clone()]));
    let heard = ask(&over(&transport), "?").await.expect_err("an error");
    assert_eq!((heard.status(), heard.code()), (Some(529), Some("busy")));
    assert_eq!((heard.request_id(), heard.retry_after()), (Some("req_1"), Some(SECOND * 3)));
    assert!(!heard.is_retryable() && heard.to_string().contains("overloaded"), "{heard}");
}

#[tokio::test]
async fn a_client_retries_through_the_attempts_of_its_own_entry() {
    let busy = Error::new(ErrorKind::RateLimited, "slow down");
    let entry = MockReply::attempts([MockReply::from(busy), "at last".into()]);
    let transport = MockTransport::new(Script::cycling([entry, "next".into()]));
    let provider = over(&transport);
    assert!(ask(&provider, "a").await.is_err());
    assert_eq!(ask(&provider, "b").await.expect("a reply").content, "next");
    assert_eq!(ask(&provider, "a").await.expect("a reply").content, "at last");
    let attempts: Vec<_> = transport.calls().iter().map(|call| call.attempt).collect();
    assert_eq!(attempts, [1, 1, 2]);
}

#[tokio::test]
async fn a_key_in_the_header_names_the_request() {
    let rule = ek_mock::Rule::new(ek_mock::When::any()).replies(["1", "2"]);
    let rule = rule.per(ek_mock::Per::Request);
    let transport = MockTransport::new(Script::new().rule(rule));
    let settings = ek_http::Provider::builder(transport.uri(), "m").connector(transport.clone());
    let provider = settings.idempotency_header("Idempotency-Key").build().expect("sound");
    let request = |key: &str| ek_core::ChatRequest::user("?").with_idempotency_key(key);
    for (key, text) in [("k", "1"), ("k", "1"), ("l", "2")] {
        let reply = provider.complete(&request(key)).await.expect("a reply");
        assert_eq!(reply.content, text);
    }
}

#[tokio::test]
async fn an_unmatched_request_is_refused_loudly_and_not_tried_again() {
    let script = Script::new().on(ek_mock::When::model("other"), ["a"]);
    let error = ask(&over(&MockTransport::new(script)), "Hello?").await.expect_err("no rule");
    assert!(!error.is_retryable());
    insta::assert_snapshot!(error, @r#"
    HTTP 501: no rule fits call 1 (user text "Hello?", model "m", 1 message). The nearest is rule 1 (model is "other"), which wants: model is "other". The rules are: rule 1 (model is "other")
    "#);
}
