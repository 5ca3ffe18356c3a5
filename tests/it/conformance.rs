//! The conformance cases are part of the suite, and the runner itself can fail.

use ek_core::ProtocolName;
use executionkit_tests::conformance::{Case, Kind, Report};
use serde_json::json;

async fn run(kind: Kind, at_least: usize) {
    let mut cases = Case::read_own().expect("the project's cases");
    cases.retain(|case| case.kind == kind);
    assert!(cases.len() >= at_least, "only {} cases", cases.len());
    let report = Report::of(&cases).await;
    assert!(report.is_clean(), "{}", report.text(false));
}

#[tokio::test]
async fn every_body_case_passes() {
    run(Kind::Body, 69).await;
}

#[tokio::test]
async fn every_error_case_passes() {
    run(Kind::Error, 68).await;
}

#[tokio::test]
async fn every_stream_case_passes() {
    run(Kind::Stream, 79).await;
}

#[tokio::test]
async fn every_request_case_passes() {
    run(Kind::Request, 0).await;
}

#[tokio::test]
async fn a_case_that_expects_something_else_fails_and_shows_both() {
    let mut cases = Case::read_own().expect("the project's cases");
    cases.retain(|case| case.name == "body-baseline");
    cases[0].expect["content"] = "The kiln is cold.".into();
    cases[0].expect["input_tokens"] = 12.into();
    let report = Report::of(&cases).await;
    let text = report.text(false);
    assert!(!report.is_clean());
    assert!(text.contains("The kiln is cold.") && text.contains("The kiln is warm."), "{text}");
    assert!(text.contains("input_tokens") && text.ends_with("0 passed, 1 failed"), "{text}");
}

/// A case of chat completions about this request.
fn request_case(request: serde_json::Value, expect: serde_json::Value) -> Case {
    Case {
        name: "request-of-a-test".to_owned(),
        protocol: ProtocolName::ChatCompletions,
        kind: Kind::Request,
        answer: None,
        request: Some(request),
        sent: None,
        now: None,
        expect,
    }
}

#[tokio::test]
async fn a_request_is_sent_over_tcp_and_held_against_what_the_case_expects() {
    let request = json!({"model": "kiln-1", "temperature": 0.2, "max_tokens": 300,
        "messages": [{"role": "user", "content": "When is high tide?"}]});
    let expect = json!({"path": "/chat/completions", "headers": {"authorization": "Bearer <key>"},
        "body": {"model": "kiln-1", "temperature": 0.2, "max_tokens": 300,
            "messages": [{"role": "user", "content": "When is high tide?"}]}});
    let case = request_case(request, expect);
    let report = Report::of(std::slice::from_ref(&case)).await;
    assert!(report.is_clean(), "{}", report.text(false));

    let mut wrong = case;
    wrong.expect["body"]["temperature"] = json!(0.7);
    let text = Report::of(&[wrong]).await.text(false);
    assert!(text.contains("body.temperature") && text.contains("0.2"), "{text}");
}

#[tokio::test]
async fn a_request_that_the_runner_does_not_understand_fails() {
    let request = json!({"model": "kiln-1", "messages": [], "logit_bias": {}});
    let text = Report::of(&[request_case(request, json!({}))]).await.text(false);
    assert!(text.contains("logit_bias") && text.ends_with("0 passed, 1 failed"), "{text}");
}

#[tokio::test]
async fn a_protocol_that_is_not_built_is_counted_apart_and_does_not_fail() {
    let mut case = request_case(json!({"model": "kiln-1", "messages": []}), json!({}));
    case.protocol = ProtocolName::from("bedrock_converse");
    let report = Report::of(&[case]).await;
    assert!(report.is_clean());
    let text = report.text(false);
    assert_eq!(text, "bedrock_converse: 1 not built yet\n0 passed, 0 failed");
}
