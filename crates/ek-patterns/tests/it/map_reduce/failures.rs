//! How a map and its reduce fail, and what is kept apart.

use ek_core::{Error, ErrorKind, FinishReason, LlmResponse};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Budget, MapReduceFailure, MapReduceOptions, map_reduce};

use super::{run, text};
use crate::support::settled_at_every_drop;

/// Refuses the inputs of these numbers.
fn refusing(numbers: &'static [usize]) -> MockProvider {
    MockProvider::respond_with(move |request| {
        let text = text(request);
        let number = text.strip_prefix("map ").and_then(|number| number.parse::<usize>().ok());
        match number {
            Some(number) if numbers.contains(&number) => {
                MockReply::from(Error::new(ErrorKind::Rejected, format!("no {number}")))
            }
            Some(number) => MockReply::from(format!("<{number}>")),
            None => MockReply::from(text),
        }
    })
}

fn one_by_one() -> MapReduceOptions {
    MapReduceOptions::default().with_concurrency(1)
}

/// Thinks up to its limit about some inputs, and answers the others.
fn thinking(about: &'static str) -> MockProvider {
    MockProvider::respond_with(move |request| {
        let text = text(request);
        let no_answer = LlmResponse::text("").with_reasoning("hm");
        if text.starts_with(about) {
            MockReply::from(no_answer.with_finish_reason(FinishReason::Length))
        } else {
            MockReply::from(text)
        }
    })
}

#[tokio::test]
async fn a_reply_that_reasoning_used_up_is_a_failure_and_no_empty_part() {
    for about in ["map", "map 0map"] {
        let error = run(&thinking(about), 2, &one_by_one()).await.expect_err(about);
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Malformed, false));
        assert!(error.to_string().contains("raise `max_tokens`"), "{error}");
        assert!(error.detail::<MapReduceFailure>().is_some());
    }
    let tolerant = one_by_one().with_tolerate_failures(1);
    let outcome = run(&thinking("map 1"), 2, &tolerant).await.expect("the other one");
    assert!(outcome.detail.items[1].is_err() && !outcome.value.is_empty());
}

#[tokio::test]
async fn the_first_failure_ends_it_with_what_was_done() {
    let llm = refusing(&[2, 3]);
    let error = run(&llm, 9, &one_by_one()).await.expect_err("a failure");
    assert_eq!((error.to_string().as_str(), error.spend().calls), ("no 2", 3));
    assert_eq!(llm.call_count(), 3, "the others were not asked");
    let failure = error.detail::<MapReduceFailure>().expect("the items");
    let done: Vec<_> = failure.items.iter().map(|i| i.as_ref().map(Result::is_ok)).collect();
    assert_eq!(done[..4], [Some(true), Some(true), Some(false), None]);
    assert_eq!(done.len(), 9);
}

#[tokio::test]
async fn failures_are_kept_apart_when_asked() {
    let options = one_by_one().with_tolerate_failures(2);
    let outcome = run(&refusing(&[0, 2]), 4, &options).await.expect("a text");
    assert_eq!((outcome.value.as_str(), outcome.spend.calls), ("<1><3>", 5));
    let errors: Vec<_> = outcome.detail.items.iter().map(|item| item.as_ref().err()).collect();
    assert_eq!(errors[2].map(ToString::to_string).as_deref(), Some("no 2"));
    assert!(errors[1].is_none() && errors.len() == 4);

    let error = run(&refusing(&[0, 2, 3]), 4, &options).await.expect_err("one too many");
    assert_eq!(error.to_string(), "no 0", "the first in time");
}

#[tokio::test]
async fn if_all_fail_there_is_nothing_to_reduce() {
    let options = one_by_one().with_tolerate_failures(usize::MAX);
    let llm = refusing(&[0, 1]);
    let error = run(&llm, 2, &options).await.expect_err("nothing");
    assert_eq!((error.to_string().as_str(), llm.call_count()), ("no 0", 2));
}

#[tokio::test]
async fn an_exhausted_budget_is_one_error_and_never_tolerated() {
    let llm = refusing(&[0]);
    let options = one_by_one()
        .with_tolerate_failures(usize::MAX)
        .with_budget(Budget::default().with_calls(3));
    let error = run(&llm, 9, &options).await.expect_err("exhausted");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::BudgetExhausted, 3));
    let failure = error.detail::<MapReduceFailure>().expect("the items");
    assert_eq!(failure.items.iter().flatten().count(), 4);
}

#[tokio::test]
async fn a_reduce_that_fails_leaves_the_items_in_the_error() {
    let llm = MockProvider::new([
        MockReply::from("a"),
        MockReply::from("b"),
        Error::new(ErrorKind::Rejected, "no").into(),
    ]);
    let error = run(&llm, 2, &one_by_one()).await.expect_err("no reduce");
    assert_eq!((error.to_string().as_str(), error.spend().calls), ("no", 3));
    let failure = error.detail::<MapReduceFailure>().expect("the items");
    assert!(failure.items.iter().all(|item| matches!(item, Some(Ok(_)))));
}

#[tokio::test]
async fn unusable_settings_and_no_inputs_are_config_errors_before_any_call() {
    let llm = refusing(&[]);
    for (count, options, word) in [
        (3, one_by_one().with_concurrency(0), "concurrency"),
        (3, one_by_one().with_max_tokens(0), "max_tokens"),
        (0, one_by_one(), "no inputs"),
    ] {
        let error = run(&llm, count, &options).await.expect_err(word);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(word), "{error}");
    }
    assert_eq!(llm.call_count(), 0);
}

#[tokio::test]
async fn dropping_it_at_any_await_leaves_the_ledger_settled() {
    let polls = settled_at_every_drop((4, "x"), async |llm, ledger| {
        let options = MapReduceOptions::default().with_concurrency(2).with_ledger(ledger);
        let join = <[String]>::concat;
        map_reduce(&llm, 0..3, |n| n.to_string(), join, &options).await.is_ok()
    });
    assert!(polls.await > 8, "it takes several polls");
}
