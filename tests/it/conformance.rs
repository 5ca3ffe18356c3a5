//! The dialect cases are part of the suite, and the runner itself can fail.

use executionkit_tests::conformance::{Case, Kind, Report};

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
