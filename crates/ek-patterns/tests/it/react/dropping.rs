//! Dropping the loop, wherever it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ek_core::ToolCall;
use ek_mock::MockProvider;
use ek_patterns::{
    Budget, Ledger, OnLimit, ReactOptions, StopReason, Tool, ToolOutcome, react_loop,
    react_loop_stream,
};
use tokio::time::sleep;

use super::{ask_tide, calls, model, text, tide, tool};
use crate::support::drop_at_every_poll;

/// Knows how many of its runs are under way.
struct Busy(Arc<AtomicUsize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn napper(running: &Arc<AtomicUsize>) -> Tool {
    let running = Arc::clone(running);
    tool("nap", move || {
        let running = Arc::clone(&running);
        async move {
            running.fetch_add(1, Ordering::SeqCst);
            let _busy = Busy(running);
            sleep(Duration::from_secs(1)).await;
            Ok("rested".to_owned())
        }
    })
}

struct Scene {
    model: MockProvider,
    ledger: Ledger,
    running: Arc<AtomicUsize>,
    tools: Arc<[Tool]>,
    options: ReactOptions,
}

fn scene() -> Scene {
    let nap = |id: &str| ToolCall::new(id, "nap", "{}");
    let model = MockProvider::new([calls([nap("a"), nap("b")]), text("done")]);
    let model = model.with_latency(Duration::from_secs(2)).with_chunk_delay(Duration::from_secs(1));
    let budget = Budget::default().with_output_tokens(10_000);
    let ledger = Ledger::new(budget).expect("a budget");
    let running = Arc::default();
    let tools = Arc::new([napper(&running)]);
    let options = ReactOptions::default()
        .with_max_tokens(100)
        .with_ledger(ledger.clone())
        .with_approval(|_| async {
            sleep(Duration::from_secs(1)).await;
            true
        });
    Scene { model, ledger, running, tools, options }
}

impl Scene {
    /// Nothing is under way, and the ledger is settled: each call that was begun is counted, with its
    /// tokens as they were reported or as they were reserved.
    fn check(&self, polls: usize) {
        assert_eq!(self.running.load(Ordering::SeqCst), 0, "{polls}");
        let spend = self.ledger.spend();
        assert_eq!(spend.calls, self.model.call_count() as u64, "{polls}");
        let known = spend.usage.output_tokens.unwrap_or_default();
        let reserved = 100 * self.ledger.estimated_calls();
        let left = 10_000 - known - reserved;
        let estimate = |output| ek_patterns::Estimate::new(0, output);
        assert!(self.ledger.reserve(estimate(left + 1)).is_err(), "{polls}");
        drop(self.ledger.reserve(estimate(left)).expect("nothing else stays reserved"));
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_the_loop_at_any_await_stops_the_tools_and_settles_the_ledger() {
    let polls = drop_at_every_poll(
        || {
            let scene = Arc::new(scene());
            let own = Arc::clone(&scene);
            let run = async move { react_loop(&own.model, "?", &own.tools, &own.options).await };
            (scene, run)
        },
        |scene, polls, output| {
            scene.check(polls);
            assert!(output.is_none_or(|output| output.as_ref().is_ok_and(|o| o.value == "done")));
        },
    )
    .await;
    assert!(polls >= 6, "two replies, two approvals and two naps take time: {polls}");
}

#[tokio::test(start_paused = true)]
async fn dropping_the_stream_at_any_await_stops_the_tools_and_settles_the_ledger() {
    let polls = drop_at_every_poll(
        || {
            let scene = Arc::new(scene());
            let own = Arc::clone(&scene);
            let run = async move {
                react_loop_stream(&own.model, "?", &own.tools, &own.options)?.collect().await
            };
            (scene, run)
        },
        |scene, polls, output| {
            scene.check(polls);
            assert!(output.is_none_or(|output| output.as_ref().is_ok_and(|o| o.value == "done")));
        },
    )
    .await;
    assert!(polls >= 6, "{polls}");
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_never_ends_is_dropped_with_its_caller() {
    let running = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&running);
    let hang = tool("hang", move || {
        let count = Arc::clone(&count);
        async move {
            count.fetch_add(1, Ordering::SeqCst);
            let _busy = Busy(count);
            std::future::pending().await
        }
    });
    let model = model([ToolCall::new("a", "hang", "{}")]);
    let options = ReactOptions::default().with_tool_timeout(Duration::MAX);
    let tools = [hang];
    let run = react_loop(&model, "?", &tools, &options);
    let ended = tokio::time::timeout(Duration::from_secs(3600), run).await;
    assert!(ended.is_err(), "the caller gave up");
    assert_eq!(running.load(Ordering::SeqCst), 0);
}

/// As a blocking client does, if it is dropped by a task.
struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped by a task");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tool_or_an_approval_that_panics_while_it_is_dropped_harms_nothing() {
    let slow = tool("slow", || async {
        let _held = PanicsWhenDropped;
        std::future::pending().await
    });
    let script = || model([ToolCall::new("a", "slow", "{}"), ask_tide("b", "Bergen")]);
    let tools = [slow, tide()];
    let (llm, options) = (script(), ReactOptions::default());
    let outcome = react_loop(&llm, "?", &tools, &options).await.expect("an answer");
    let outcomes: Vec<_> = outcome.detail.tool_calls.iter().map(|run| run.outcome).collect();
    assert_eq!(outcomes, [ToolOutcome::TimedOut, ToolOutcome::Answered]);

    let hangs = options
        .with_deadline(Duration::from_secs(1))
        .with_on_limit(OnLimit::ReturnPartial)
        .with_approval(|_| async {
            let _held = PanicsWhenDropped;
            std::future::pending::<bool>().await
        });
    let outcome = react_loop(&script(), "?", &tools, &hangs).await.expect("a part");
    assert_eq!(outcome.detail.stop, StopReason::Deadline);
}
