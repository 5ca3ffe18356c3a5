//! A limit in time for the whole loop.

use std::time::Duration;

use ek_core::{ErrorKind, LlmResponse, ToolCall, ToolChoice};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{
    Decision, OnLimit, ReactDetail, ReactOptions, StopReason, ToolOutcome, react_loop,
    react_loop_stream,
};
use tokio::time::{Instant, sleep};

use super::{ask_tide, calls, shown, text, tide, tool, written};

const LIMIT: Duration = Duration::from_secs(60);

fn options() -> ReactOptions {
    ReactOptions::default().with_deadline(LIMIT).with_tool_timeout(Duration::from_secs(300))
}

fn slow(reply: LlmResponse, seconds: u64) -> MockReply {
    MockReply::from(reply).after(Duration::from_secs(seconds))
}

#[tokio::test(start_paused = true)]
async fn a_call_of_the_model_under_way_is_cancelled_and_the_conversation_is_kept() {
    let model =
        MockProvider::new([slow(calls([ask_tide("a", "Bergen")]), 50), slow(text("late"), 50)]);
    let begun = Instant::now();
    let error = react_loop(&model, "When?", &[tide()], &options()).await.expect_err("too late");
    assert_eq!(begun.elapsed(), LIMIT);
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Timeout, false));
    assert_eq!(error.to_string(), "no final answer in time: the deadline of the loop has passed");
    let detail = error.detail::<ReactDetail>().expect("a detail");
    assert_eq!((detail.stop, detail.rounds), (StopReason::Deadline, 2));
    let transcript = error.transcript().expect("a transcript");
    assert_eq!(written(transcript), ["user: When?", "assistant:  -> a", "tool: 04:12"]);
    assert_eq!(error.spend().calls, 2, "the call that was cancelled may be billed");

    let model = MockProvider::new(["At 04:12."]);
    let outcome = react_loop(&model, transcript, &[tide()], &options()).await.expect("an answer");
    assert_eq!(outcome.value, "At 04:12.");
}

#[tokio::test(start_paused = true)]
async fn tools_under_way_are_dropped_and_answered_so_and_others_do_not_begin() {
    let nap = tool("nap", || async {
        sleep(Duration::from_secs(90)).await;
        Ok("rested".to_owned())
    });
    let options =
        options().with_tool_concurrency(2).with_on_limit(OnLimit::FinalAnswerWithoutTools);
    let ids = ["b", "c"].map(|id| ToolCall::new(id, "nap", "{}"));
    let round = [ask_tide("a", "Bergen")].into_iter().chain(ids).chain([ask_tide("d", "Bergen")]);
    let model = MockProvider::respond_with(move |request| match request.tool_choice {
        Some(ToolChoice::None) => text("as far as I know"),
        _ => calls(round.clone()),
    });
    let begun = Instant::now();
    let outcome = react_loop(&model, "?", &[tide(), nap], &options).await.expect("an answer");
    assert_eq!(begun.elapsed(), LIMIT);
    assert_eq!(
        (outcome.value.as_str(), outcome.detail.stop),
        ("as far as I know", StopReason::Deadline)
    );
    let dropped = "Tool 'nap' not finished: the time for the whole task is up";
    let late = "Tool 'tide' not finished: the time for the whole task is up";
    let texts: Vec<_> = shown(&model).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["04:12", dropped, dropped, late]);
    let runs = &outcome.detail.tool_calls;
    assert_eq!((runs[1].outcome, runs[1].elapsed), (ToolOutcome::TimedOut, LIMIT));
    assert_eq!((runs[3].outcome, runs[3].elapsed), (ToolOutcome::TimedOut, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn an_approval_that_takes_too_long_is_a_part_of_it() {
    let options = options()
        .with_on_limit(OnLimit::ReturnPartial)
        .with_approval(|_| async { std::future::pending::<Decision>().await });
    let mut first = calls([ask_tide("a", "Bergen")]);
    first.content = "Let me look.".to_owned();
    let model = MockProvider::new([first]);
    let outcome = react_loop(&model, "?", &[tide()], &options).await.expect("a part");
    assert_eq!(
        (outcome.value.as_str(), outcome.detail.stop),
        ("Let me look.", StopReason::Deadline)
    );
    assert_eq!(outcome.detail.transcript.len(), 3, "every call is answered");
}

#[tokio::test(start_paused = true)]
async fn it_holds_for_the_loop_and_not_for_each_call_and_retries_are_a_part_of_it() {
    let model = MockProvider::respond_with(|request| {
        let n = request.messages.len();
        calls([ToolCall::new("a", "nap", format!(r#"{{"n":{n}}}"#))])
    });
    let nap = tool("nap", || async {
        sleep(Duration::from_secs(25)).await;
        Ok("rested".to_owned())
    });
    let begun = Instant::now();
    let error = react_loop(&model, "?", &[nap], &options()).await.expect_err("too late");
    assert_eq!((begun.elapsed(), error.kind()), (LIMIT, ErrorKind::Timeout));
    assert_eq!(model.call_count(), 3);

    let down = MockProvider::failing(
        ek_core::Error::new(ErrorKind::RateLimited, "HTTP 429")
            .with_retry_after(Duration::from_secs(40)),
    );
    let begun = Instant::now();
    let error = react_loop(&down, "?", &[], &options()).await.expect_err("too late");
    assert_eq!((begun.elapsed(), error.kind()), (LIMIT, ErrorKind::Timeout));
}

#[tokio::test(start_paused = true)]
async fn it_ends_the_stream_too_and_an_answer_in_time_is_one() {
    let model = MockProvider::new([slow(text("late"), 90)]);
    let stream = react_loop_stream(&model, "?", &[], &options()).expect("a stream");
    let error = stream.collect().await.expect_err("too late");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let model = MockProvider::new([slow(text("in time"), 59)]);
    let stream = react_loop_stream(&model, "?", &[], &options()).expect("a stream");
    assert_eq!(stream.collect().await.expect("an answer").value, "in time");
    let endless = options().with_deadline(Duration::MAX);
    let outcome = react_loop(&MockProvider::new(["x"]), "?", &[], &endless).await;
    assert_eq!(outcome.expect("an answer").value, "x");
}
