//! How a refinement fails: with the spend, and with the best that there was.

use ek_core::{Error, ErrorKind, FinishReason, LlmResponse};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Budget, RefineIteration, RefineOptions, refine_loop};

use super::{scored, writer};
use crate::support::settled_at_every_drop;

#[tokio::test]
async fn a_judge_that_answers_rubbish_is_an_error_with_the_spend() {
    for rubbish in ["", "SECRET", "SCORE: 11", "SCORE: NaN", "8 points"] {
        let llm = MockProvider::new(["first", "SCORE: 5", "second", rubbish]);
        let error = refine_loop(&llm, "Write.", &RefineOptions::default()).await;
        let error = error.expect_err(rubbish);
        assert_eq!((error.kind(), error.spend().calls), (ErrorKind::Malformed, 4), "{rubbish}");
        assert!(!error.is_retryable());
        assert_eq!(error.to_string(), "the judge gave no score from 0 to 10");
        assert_eq!(error.partial().expect("the best").content, "first");
        let iterations = error.detail::<Vec<RefineIteration>>().expect("the scored answers");
        assert_eq!((iterations.len(), iterations[0].score), (1, 0.5));
        assert!(!format!("{error:?} {error:#?} {iterations:?}").contains("SECRET"));
    }
}

#[tokio::test]
async fn a_verdict_that_was_cut_says_so_and_the_unscored_answer_is_kept() {
    let cut = LlmResponse::text("It is").with_finish_reason(FinishReason::Length);
    let llm = MockProvider::new([MockReply::from("first"), MockReply::from(cut)]);
    let error = refine_loop(&llm, "Write.", &RefineOptions::default()).await.expect_err("cut");
    let text = error.to_string();
    assert_eq!(text, "the judge's reply was cut by the token limit before its score");
    assert_eq!(error.partial().expect("the answer").content, "first");
}

#[tokio::test]
async fn an_answer_that_reasoning_used_up_is_not_judged() {
    let no_answer = || {
        let reply = LlmResponse::text("").with_reasoning("hm");
        MockReply::from(reply.with_finish_reason(FinishReason::Length))
    };
    let llm = MockProvider::new([no_answer()]);
    let error =
        refine_loop(&llm, "Write.", &RefineOptions::default()).await.expect_err("no answer");
    assert_eq!((error.kind(), llm.call_count()), (ErrorKind::Malformed, 1));
    assert!(error.to_string().contains("spent on reasoning"), "{error}");

    let llm = MockProvider::new(["first".into(), "SCORE: 5".into(), no_answer()]);
    let two = RefineOptions::default().with_max_iterations(2);
    let outcome = refine_loop(&llm, "Write.", &two).await.expect("the first one");
    assert_eq!((outcome.value.as_str(), outcome.detail.scores()), ("first", vec![0.5, 0.0]));
}

#[tokio::test]
async fn a_score_that_is_no_number_from_0_to_1_is_a_config_error() {
    for score in ["NaN", "1.01", "-0.1", "inf"] {
        let llm = writer(&["0.5", score]);
        let error = refine_loop(&llm, "Write.", &scored()).await.expect_err(score);
        assert_eq!((error.kind(), error.spend().calls), (ErrorKind::Config, 2), "{score}");
        assert!(error.to_string().starts_with("the evaluator's score is "), "{error}");
        assert_eq!(error.partial().expect("the best").content, "answer 0.5");
    }
}

#[tokio::test]
async fn an_evaluator_may_fail() {
    let failing = |_: String| async { Err(Error::new(ErrorKind::Server, "no linter")) };
    let options = RefineOptions::default().with_evaluator(failing);
    let error = refine_loop(&writer(&["1"]), "Write.", &options).await.expect_err("a failure");
    assert_eq!((error.to_string().as_str(), error.spend().calls), ("no linter", 1));
}

#[tokio::test]
async fn a_budget_ends_it_with_the_best_so_far() {
    let llm = writer(&["0.5", "0.6", "0.7"]);
    let options = scored().with_budget(Budget::default().with_calls(2));
    let error = refine_loop(&llm, "Write.", &options).await.expect_err("exhausted");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::BudgetExhausted, 2));
    assert_eq!(error.partial().expect("the best").content, "answer 0.6");
}

#[tokio::test]
async fn unusable_settings_are_config_errors_before_any_call() {
    let llm = writer(&["1"]);
    for (options, word) in [
        (scored().with_target_score(f64::NAN), "target_score"),
        (scored().with_target_score(1.1), "target_score"),
        (scored().with_max_iterations(0), "max_iterations"),
        (scored().with_patience(0), "patience"),
        (scored().with_min_delta(-0.1), "min_delta"),
        (scored().with_min_delta(f64::INFINITY), "min_delta"),
        (scored().with_judge_temperature(f64::NAN), "judge_temperature"),
        (scored().with_max_tokens(0), "max_tokens"),
        (scored().with_judge_max_tokens(0), "max_tokens"),
    ] {
        let error = refine_loop(&llm, "Write.", &options).await.expect_err(word);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(word), "{error}");
    }
    assert_eq!(llm.call_count(), 0);
}

#[tokio::test]
async fn dropping_it_at_any_await_leaves_the_ledger_settled() {
    let polls = settled_at_every_drop((4, "SCORE: 5"), async |llm, ledger| {
        let options = RefineOptions::default().with_max_iterations(2).with_ledger(ledger);
        refine_loop(&llm, "?", &options).await.is_ok()
    });
    assert!(polls.await > 12, "it takes several polls");
}
