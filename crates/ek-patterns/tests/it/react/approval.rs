//! Who is asked before a tool runs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ek_core::ToolCall;
use ek_patterns::{ReactOptions, ToolOutcome, react_loop};
use tokio::time::{Instant, sleep};

use super::{ask_tide, model, shown, tide, tool};

#[tokio::test]
async fn a_denied_call_is_answered_to_the_model_and_not_run() {
    let tools = [tide(), tool("launch", || async { panic!("it must not run") })];
    let options = ReactOptions::default().with_approval(|call| async move { call.name == "tide" });
    let model = model([ToolCall::new("a", "launch", "{}"), ask_tide("b", "Bergen")]);
    let outcome = react_loop(&model, "?", &tools, &options).await.expect("an answer");
    let texts: Vec<_> = shown(&model).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["Tool 'launch' blocked by approval", "04:12"]);
    assert_eq!(outcome.detail.tool_calls[0].outcome, ToolOutcome::Denied);
}

#[tokio::test]
async fn nothing_of_a_denied_tool_runs_not_even_what_comes_before_its_first_await() {
    let begun = Arc::new(Mutex::new(0));
    let count = Arc::clone(&begun);
    let eager = tool("launch", move || {
        *count.lock().expect("the count") += 1;
        async { Ok("gone".to_owned()) }
    });
    let options = ReactOptions::default().with_approval(|call| async move { call.id == "b" });
    let model = model(["a", "b"].map(|id| ToolCall::new(id, "launch", "{}")));
    react_loop(&model, "?", &[eager], &options).await.expect("an answer");
    assert_eq!(*begun.lock().expect("the count"), 1);
}

#[tokio::test]
async fn it_sees_name_and_arguments_of_calls_that_could_be_run_and_of_no_others() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&asked);
    let options = ReactOptions::default().with_approval(move |call| {
        list.lock().expect("the list").push((call.name, call.arguments.as_str().to_owned()));
        async { true }
    });
    let calls = [
        ask_tide("a", "Bergen"),
        ToolCall::new("b", "tide", "{}"),
        ToolCall::new("c", "unknown", "{}"),
    ];
    react_loop(&model(calls), "?", &[tide()], &options).await.expect("an answer");
    let asked = asked.lock().expect("the list");
    assert_eq!(*asked, [("tide".to_owned(), r#"{"city":"Bergen"}"#.to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_one_call_at_a_time_in_order_while_approved_ones_run_without_its_time() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&asked);
    let begun = Instant::now();
    let options = ReactOptions::default().with_approval(move |call| {
        let list = Arc::clone(&list);
        async move {
            list.lock().expect("the list").push((call.id, begun.elapsed().as_secs()));
            sleep(Duration::from_secs(60)).await;
            true
        }
    });
    let nap = tool("nap", || async {
        sleep(Duration::from_secs(20)).await;
        Ok("rested".to_owned())
    });
    let model = model(["a", "b", "c"].map(|id| ToolCall::new(id, "nap", "{}")));
    let outcome = react_loop(&model, "?", &[nap], &options).await.expect("an answer");
    let asked = asked.lock().expect("the list");
    assert_eq!(*asked, [("a".to_owned(), 0), ("b".to_owned(), 60), ("c".to_owned(), 120)]);
    // The last nap begins at 180 s; each took 20 s of its limit of 30 s.
    assert_eq!(begun.elapsed().as_secs(), 200);
    assert!(outcome.detail.tool_calls.iter().all(|run| run.outcome == ToolOutcome::Answered));
}

#[tokio::test]
async fn a_panic_of_the_hook_is_a_denial() {
    let options = ReactOptions::default().with_approval(|call: ToolCall| async move {
        assert!(call.id != "a", "the hook's fault");
        true
    });
    let model = model([ask_tide("a", "Bergen"), ask_tide("b", "Bergen")]);
    react_loop(&model, "?", &[tide()], &options).await.expect("an answer");
    let texts: Vec<_> = shown(&model).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["Tool 'tide' blocked by approval", "04:12"]);
}
