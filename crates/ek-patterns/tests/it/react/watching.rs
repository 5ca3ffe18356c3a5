//! What observers and spans tell of a loop.

use std::sync::{Arc, Mutex};

use ek_core::ToolCall;
use ek_mock::MockProvider;
use ek_patterns::{Event, ReactOptions, react_loop};

use super::{ask_tide, calls, model, text, tide};
use crate::support::logs;

#[tokio::test]
async fn observers_see_every_event_in_order() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&seen);
    let options =
        ReactOptions::default().with_max_rounds(2).with_observer(move |event: &Event<'_>| {
            let line = match event {
                Event::RoundStarted { round, max, .. } => format!("round {round} of {max}"),
                Event::CallStarted { call, .. } => format!("call {call}"),
                Event::CallFinished { call, .. } => format!("call {call} done"),
                Event::ToolStarted { name, id, .. } => format!("{id} {name} begins"),
                Event::ToolFinished { name, id, outcome, .. } => format!("{id} {name} {outcome:?}"),
                Event::LimitReached { round, reason, .. } => format!("{reason:?} at {round}"),
                other => format!("{other:?}"),
            };
            list.lock().expect("the list").push(line);
        });
    let model = MockProvider::new([
        calls([ask_tide("a", "Bergen"), ToolCall::new("b", "SECRET", "{}")]),
        calls([ToolCall::new("c", "tide", "{}")]),
    ]);
    react_loop(&model, "?", &[tide()], &options).await.expect_err("a limit");
    assert_eq!(
        *seen.lock().expect("the list"),
        [
            "round 1 of 2",
            "call 1",
            "call 1 done",
            "a tide begins",
            "a tide Answered",
            "b  UnknownTool",
            "round 2 of 2",
            "call 2",
            "call 2 done",
            "c tide InvalidArguments",
            "MaxRounds at 2",
        ]
    );
}

#[tokio::test]
async fn an_observer_can_fail_nothing() {
    let options = ReactOptions::default().with_observer(|_: &Event<'_>| panic!("the observer's"));
    let model = model([ask_tide("a", "Bergen")]);
    let outcome = react_loop(&model, "?", &[tide()], &options).await.expect("an answer");
    assert_eq!(outcome.value, "done");
}

/// All spans of a run with their fields, as they were closed.
async fn spans(capture: bool) -> String {
    logs::start();
    let first = [ask_tide("a", "Bergen"), ask_tide("b", "Oslo")];
    let model = MockProvider::new([calls(first), text("done")]).with_model("mock-1");
    let options = ReactOptions::default().with_capture_content(capture);
    react_loop(&model, "PROMPT", &[tide()], &options).await.expect("an answer");
    logs::so_far()
}

#[tokio::test]
async fn spans_have_the_agent_its_calls_and_its_tools_by_metadata_only() {
    let spans = spans(false).await;
    let line = |words: &[&str]| {
        let found = spans.lines().filter(|line| words.iter().all(|word| line.contains(word)));
        found.count()
    };
    let tools = ["execute_tool{", "gen_ai.operation.name=\"execute_tool\""];
    assert_eq!(line(&tools), 2, "{spans}");
    assert_eq!(line(&["gen_ai.tool.name=\"tide\"", "gen_ai.tool.call.id=\"a\""]), 1, "{spans}");
    assert_eq!(line(&["gen_ai.tool.call.id=\"b\"", "error.type=\"failed\""]), 1, "{spans}");
    assert!(
        line(&["gen_ai.operation.name=\"invoke_agent\"", "executionkit.calls=2"]) >= 1,
        "{spans}"
    );
    // Each tool and each call stands within the agent.
    assert_eq!(line(&["pattern{", "execute_tool{"]), 2, "{spans}");
    for text in ["PROMPT", "Bergen", "04:12", "done"] {
        assert!(!spans.contains(text), "{text}: {spans}");
    }
}

#[tokio::test]
async fn an_id_that_is_shaped_like_a_key_is_masked_in_the_spans() {
    logs::start();
    let model = model([ask_tide("sk-abcdefghijklmnopqrstuvwx0123", "Bergen")]);
    react_loop(&model, "?", &[tide()], &ReactOptions::default()).await.expect("an answer");
    let spans = logs::so_far();
    assert!(spans.contains("[REDACTED]") && !spans.contains("sk-abcdef"), "{spans}");
}

#[tokio::test]
async fn content_is_in_the_spans_only_where_that_was_switched_on() {
    let spans = spans(true).await;
    for text in ["PROMPT", "Bergen", "gen_ai.tool.call.result=\"04:12\"", "done"] {
        assert!(spans.contains(text), "{text}: {spans}");
    }
}
