//! The calls of one reply beside one another.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ek_core::ToolCall;
use ek_patterns::{ReactOptions, Tool, ToolOutcome, react_loop};
use tokio::time::{Instant, sleep};

use super::{model, shown, tool};

/// Takes as many seconds as its arguments say, and knows how many of its runs were under way at once.
fn sleeper(most: &Arc<AtomicUsize>) -> Tool {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::clone(most));
    let code = move |arguments: serde_json::Value| {
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        async move {
            let seconds = arguments["s"].as_u64().unwrap_or_default();
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            sleep(Duration::from_secs(seconds)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(format!("slept {seconds}"))
        }
    };
    Tool::new("sleep", "", r#"{"type":"object"}"#, code).expect("a tool")
}

fn sleep_call(id: usize, seconds: u64) -> ToolCall {
    ToolCall::new(id.to_string(), "sleep", format!(r#"{{"s":{seconds}}}"#))
}

#[tokio::test(start_paused = true)]
async fn the_calls_of_a_round_run_at_once_and_their_results_are_in_request_order() {
    let most = Arc::default();
    let model = model([sleep_call(0, 3), sleep_call(1, 1), sleep_call(2, 2)]);
    let begun = Instant::now();
    let tools = [sleeper(&most)];
    react_loop(&model, "?", &tools, &ReactOptions::default()).await.expect("an answer");
    assert_eq!(begun.elapsed().as_secs(), 3);
    let shown = shown(&model);
    let shown: Vec<_> = shown.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    assert_eq!(shown, [("0", "slept 3"), ("1", "slept 1"), ("2", "slept 2")]);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_tool_concurrency_run_at_once_and_a_slow_one_holds_up_no_other() {
    let most = Arc::default();
    // The first takes as long as all the others do on the second place.
    let calls = (0..7).map(|n| sleep_call(n, if n == 0 { 6 } else { 1 }));
    let options = ReactOptions::default().with_tool_concurrency(2);
    let model = model(calls);
    let begun = Instant::now();
    react_loop(&model, "?", &[sleeper(&most)], &options).await.expect("an answer");
    assert_eq!((most.load(Ordering::SeqCst), begun.elapsed().as_secs()), (2, 6));
}

#[tokio::test(start_paused = true)]
async fn one_failing_panicking_or_slow_tool_never_cancels_its_siblings() {
    let most = Arc::default();
    let tools = [
        sleeper(&most),
        tool("fall", || async { panic!("fell") }),
        tool("fail", || async { Err(ek_patterns::ToolError::shown("no")) }),
        tool("hang", || async { std::future::pending().await }),
    ];
    let call = |name: &str| ToolCall::new(name, name, "{}");
    let model = model([call("fall"), call("fail"), call("hang"), sleep_call(0, 20)]);
    let outcome = react_loop(&model, "?", &tools, &ReactOptions::default()).await;
    let runs = outcome.expect("an answer").detail.tool_calls;
    let ended: Vec<_> = runs.iter().map(|run| (run.outcome, run.elapsed.as_secs())).collect();
    assert_eq!(
        ended,
        [
            (ToolOutcome::Panicked, 0),
            (ToolOutcome::Failed, 0),
            (ToolOutcome::TimedOut, 30),
            (ToolOutcome::Answered, 20),
        ]
    );
    assert_eq!(shown(&model)[3].1, "slept 20");
}

#[tokio::test]
async fn the_loop_can_be_spawned() {
    let run = tokio::spawn(async {
        let model = model([ToolCall::new("a", "say", "{}")]);
        let tools = [tool("say", || async { Ok("it".to_owned()) })];
        react_loop(&model, "?", &tools, &ReactOptions::default()).await
    });
    assert_eq!(run.await.expect("it ran").expect("an answer").value, "done");
}
