//! Where the loop ends without an answer.

use ek_core::{Error, ErrorKind, LlmResponse, ToolCall, ToolChoice};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{
    Budget, OnLimit, ReactDetail, ReactOptions, RetryConfig, StopReason, react_loop,
};

use super::{ask_tide, calls, text, tide};

/// Asks for another city each time, for ever; answers only where calls are forbidden.
fn restless() -> MockProvider {
    MockProvider::respond_with(|request| {
        if request.tool_choice == Some(ToolChoice::None) {
            return text("my best guess");
        }
        let n = request.messages.len();
        let mut reply = calls([ToolCall::new("a", "tide", format!(r#"{{"city":"{n}"}}"#))]);
        reply.content = format!("looking for {n}");
        reply
    })
}

fn detail(error: &Error) -> &ReactDetail {
    error.detail().expect("a detail")
}

#[tokio::test]
async fn a_model_that_calls_tools_for_ever_is_stopped_with_an_error() {
    let model = restless();
    let options = ReactOptions::default();
    let error = react_loop(&model, "?", &[tide()], &options).await.expect_err("a limit");
    assert_eq!((error.kind(), model.call_count()), (ErrorKind::MaxIterations, 8));
    assert_eq!(
        error.to_string(),
        "no final answer after 8 rounds: the model called tools, or its turn was paused, in each of them"
    );
    assert_eq!((error.spend().calls, error.spend().usage.output_tokens), (8, Some(16)));
    assert_eq!(error.transcript().expect("a transcript").len(), 17);
    assert_eq!((detail(&error).stop, detail(&error).rounds), (StopReason::MaxRounds, 8));
    assert_eq!(detail(&error).tool_calls.len(), 8);
}

#[tokio::test]
async fn the_transcript_of_a_limit_can_be_given_back_to_go_on() {
    let model = MockProvider::new([
        calls([ask_tide("a", "Bergen")]),
        calls([ask_tide("b", "Bergen")]),
        text("At 04:12."),
    ]);
    let options = ReactOptions::default().with_max_rounds(2);
    let error = react_loop(&model, "When?", &[tide()], &options).await.expect_err("a limit");
    let transcript = error.transcript().expect("a transcript");
    let outcome = react_loop(&model, transcript, &[tide()], &options).await.expect("an answer");
    assert_eq!((outcome.value.as_str(), outcome.detail.rounds), ("At 04:12.", 1));
    assert_eq!(outcome.detail.transcript.len(), 6);
}

#[tokio::test]
async fn the_partial_text_is_returned_on_request() {
    let options = ReactOptions::default().with_max_rounds(2).with_on_limit(OnLimit::ReturnPartial);
    let outcome = react_loop(&restless(), "?", &[tide()], &options).await.expect("a part");
    assert_eq!(
        (outcome.value.as_str(), outcome.detail.stop),
        ("looking for 3", StopReason::MaxRounds)
    );
    assert_eq!((outcome.spend.calls, outcome.detail.transcript.len()), (2, 5));
}

#[tokio::test]
async fn a_final_answer_without_tools_is_asked_for_on_request() {
    let model = restless();
    let options =
        ReactOptions::default().with_max_rounds(2).with_on_limit(OnLimit::FinalAnswerWithoutTools);
    let outcome = react_loop(&model, "?", &[tide()], &options).await.expect("an answer");
    assert_eq!(
        (outcome.value.as_str(), outcome.detail.stop),
        ("my best guess", StopReason::MaxRounds)
    );
    assert_eq!((outcome.spend.calls, outcome.detail.rounds), (3, 3));
    let last = model.last_call().expect("a call").request;
    assert_eq!((last.tool_choice, last.tools.len()), (Some(ToolChoice::None), 1));
    assert_eq!(last.messages.len(), 5, "the results of the last round are in it");
}

#[tokio::test]
async fn a_model_that_calls_even_forbidden_tools_is_an_error_unless_it_also_says_something() {
    let options =
        ReactOptions::default().with_max_rounds(1).with_on_limit(OnLimit::FinalAnswerWithoutTools);
    let silent = MockProvider::new([calls([ask_tide("a", "Bergen")])]);
    let error = react_loop(&silent, "?", &[tide()], &options).await.expect_err("no answer");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::MaxIterations, 2));
    // The forbidden call is not in the transcript, since it gets no result.
    assert_eq!(error.transcript().expect("a transcript").len(), 3);

    let mut both = calls([ask_tide("a", "Bergen")]);
    both.content = "about four".to_owned();
    let model = MockProvider::new([both]);
    let outcome = react_loop(&model, "?", &[tide()], &options).await.expect("an answer");
    assert_eq!(outcome.value, "about four");
    let last = outcome.detail.transcript.last().expect("a message");
    assert!(last.tool_calls.is_empty());
}

#[tokio::test]
async fn the_same_calls_three_rounds_in_a_row_stop_the_loop_as_a_limit_does() {
    let stuck = || MockProvider::new([calls([ask_tide("a", "Bergen"), ask_tide("b", "Oslo")])]);
    let options = ReactOptions::default();
    let error = react_loop(&stuck(), "?", &[tide()], &options).await.expect_err("no progress");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::MaxIterations, 3));
    assert_eq!(detail(&error).stop, StopReason::NoProgress);
    let why = "no final answer after 3 rounds: the model made the same tool calls again and again";
    assert_eq!(error.to_string(), why);
    assert_eq!(error.transcript().expect("a transcript").len(), 10, "every call is answered");

    let options = options.with_on_limit(OnLimit::ReturnPartial);
    let outcome = react_loop(&stuck(), "?", &[tide()], &options).await.expect("a part");
    assert_eq!((outcome.value.as_str(), outcome.detail.stop), ("", StopReason::NoProgress));
}

#[tokio::test]
async fn the_guard_against_no_progress_can_be_switched_off() {
    let stuck = MockProvider::new([calls([ask_tide("a", "Bergen")])]);
    let options = ReactOptions::default().with_no_progress_rounds(None);
    let error = react_loop(&stuck, "?", &[tide()], &options).await.expect_err("a limit");
    assert_eq!((error.spend().calls, detail(&error).stop), (8, StopReason::MaxRounds));
}

#[tokio::test]
async fn a_budget_that_is_used_up_ends_the_loop_with_the_transcript_to_go_on_from() {
    let model = MockProvider::new([
        calls([ask_tide("a", "Bergen")]),
        calls([ask_tide("b", "Bergen")]),
        text("At 04:12."),
    ]);
    let options = ReactOptions::default().with_budget(Budget::default().with_calls(2));
    let error = react_loop(&model, "When?", &[tide()], &options).await.expect_err("exhausted");
    assert_eq!((error.kind(), model.call_count()), (ErrorKind::BudgetExhausted, 2));
    assert_eq!((error.spend().calls, detail(&error).stop), (2, StopReason::Failed));
    let transcript = error.transcript().expect("a transcript").to_vec();
    assert_eq!(transcript.len(), 5);
    let outcome = react_loop(&model, transcript, &[tide()], &options).await.expect("an answer");
    assert_eq!(outcome.value, "At 04:12.");
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_provider_carries_spend_and_transcript() {
    let model = MockProvider::new([
        MockReply::from(calls([ask_tide("a", "Bergen")])),
        Error::new(ErrorKind::Server, "HTTP 503").into(),
    ]);
    let options = ReactOptions::default().with_retry(RetryConfig::none());
    let error = react_loop(&model, "?", &[tide()], &options).await.expect_err("a failure");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::Server, 2));
    assert_eq!(error.transcript().expect("a transcript").len(), 3);
    assert_eq!(detail(&error).tool_calls.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn calls_of_the_model_are_retried_and_tools_are_not_run_again() {
    let model = MockProvider::new([
        MockReply::from(calls([ask_tide("a", "Bergen")])),
        Error::new(ErrorKind::Server, "HTTP 503").into(),
        LlmResponse::text("done").into(),
    ]);
    let options = ReactOptions::default();
    let outcome = react_loop(&model, "?", &[tide()], &options).await.expect("an answer");
    assert_eq!((outcome.spend.calls, outcome.detail.rounds), (3, 2));
    assert_eq!(outcome.detail.tool_calls.len(), 1);
}
