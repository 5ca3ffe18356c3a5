//! Writing, judging, and writing better from the best so far.

mod failures;
mod judge;

use std::sync::{Arc, Mutex};

use ek_core::{ChatRequest, LlmResponse, Result};
use ek_mock::MockProvider;
use ek_patterns::{Event, RefineOptions, RefineStop, refine_loop};

use crate::support::signed;

/// Scores an answer by the number in it: `answer 0.4` is 0.4.
async fn by_number(answer: String) -> Result<f64> {
    Ok(answer.split(' ').next_back().and_then(|number| number.parse().ok()).unwrap_or(f64::NAN))
}

fn scored() -> RefineOptions {
    RefineOptions::default().with_evaluator(by_number)
}

fn writer(scores: &[&str]) -> MockProvider {
    MockProvider::new(scores.iter().map(|score| format!("answer {score}")))
}

#[tokio::test]
async fn it_ends_at_the_target() {
    let llm = writer(&["0.5", "0.9", "1.0"]);
    let outcome = refine_loop(&llm, "Write.", &scored()).await.expect("an answer");
    assert_eq!((outcome.value.as_str(), outcome.score), ("answer 0.9", Some(0.9)));
    assert_eq!(outcome.detail.scores(), [0.5, 0.9]);
    assert_eq!((outcome.detail.stopped, outcome.spend.calls), (RefineStop::TargetReached, 2));
}

#[tokio::test]
async fn it_ends_after_five_answers_and_returns_the_best() {
    let llm = writer(&["0.1", "0.2", "0.4", "0.6", "0.3"]);
    let outcome = refine_loop(&llm, "Write.", &scored()).await.expect("an answer");
    assert_eq!(outcome.detail.stopped, RefineStop::MaxIterations);
    assert_eq!((outcome.value.as_str(), outcome.detail.best), ("answer 0.6", 3));
    assert_eq!((outcome.detail.scores().len(), llm.call_count()), (5, 5));
}

#[tokio::test]
async fn it_ends_after_three_answers_that_are_no_better() {
    let llm = writer(&["0.5", "0.4", "0.505", "0.3", "0.9"]);
    let outcome = refine_loop(&llm, "Write.", &scored()).await.expect("an answer");
    assert_eq!(outcome.detail.stopped, RefineStop::NoProgress);
    assert_eq!((outcome.value.as_str(), llm.call_count()), ("answer 0.505", 4));
}

#[tokio::test]
async fn each_answer_is_improved_from_the_best() {
    let llm = writer(&["0.5", "0.4", "0.6", "0.1"]);
    let options = scored().with_max_iterations(4);
    refine_loop(&llm, "Write.", &options).await.expect("an answer");
    let seen: Vec<_> = llm.calls().iter().map(|c| c.request.messages[1..].to_vec()).collect();
    assert!(seen[0].is_empty());
    for (call, best) in [(1, "answer 0.5"), (2, "answer 0.5"), (3, "answer 0.6")] {
        assert_eq!((seen[call].len(), &*seen[call][0].text()), (2, best), "{call}");
    }
    let asked = seen[3][1].text();
    assert!(asked.contains("6.0 of 10 points") && asked.contains("better answer"), "{asked}");
}

#[tokio::test]
async fn the_best_answer_is_sent_as_its_protocol_wrote_it() {
    let best = signed("answer 0.5");
    let llm = MockProvider::new([best.clone(), LlmResponse::text("answer 0.9")]);
    refine_loop(&llm, "Write.", &scored()).await.expect("an answer");
    let sent = &llm.calls()[1].request.messages[1];
    assert_eq!((sent.text().as_ref(), &sent.native), ("answer 0.5", &best.native));
}

#[tokio::test]
async fn an_empty_answer_is_not_sent_back() {
    let llm = MockProvider::new(["", "answer 0.95"]);
    let empty_is_zero =
        |answer: String| async move { Ok(if answer.is_empty() { 0.0 } else { 1.0 }) };
    let options = RefineOptions::default().with_evaluator(empty_is_zero);
    let outcome = refine_loop(&llm, "Write.", &options).await.expect("an answer");
    assert_eq!(outcome.value, "answer 0.95");
    assert_eq!(llm.calls()[1].request.messages.len(), 1);
}

#[tokio::test]
async fn the_request_s_own_limit_and_temperature_are_kept() {
    let llm = writer(&["1"]);
    let request = ChatRequest::user("Write.").with_max_tokens(50).with_temperature(0.2);
    refine_loop(&llm, &request, &scored()).await.expect("an answer");
    assert_eq!(llm.calls()[0].request.max_tokens, Some(50));
    assert_eq!(llm.calls()[0].request.temperature, Some(0.2));
    refine_loop(&llm, "Write.", &scored()).await.expect("an answer");
    assert_eq!(llm.calls()[1].request.max_tokens, None, "the provider's own");
}

#[tokio::test]
async fn observers_hear_of_each_score() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&seen);
    let observer = move |event: &Event<'_>| {
        if let Event::IterationScored { iteration, score, best, .. } = event {
            listener.lock().expect("no panic").push((*iteration, *score, *best));
        }
    };
    let llm = writer(&["0.5", "0.4", "0.9"]);
    refine_loop(&llm, "Write.", &scored().with_observer(observer)).await.expect("an answer");
    assert_eq!(*seen.lock().expect("no panic"), [(1, 0.5, 0.5), (2, 0.4, 0.5), (3, 0.9, 0.9)]);
}
