//! What the call layer itself costs: microseconds and allocations of each pattern over a provider that
//! answers at once. `cargo xtask overhead` runs it; the figures stand in docs/patterns.md.
#![allow(clippy::print_stdout, reason = "its table is what it is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use ek_core::{
    ChatRequest, LlmProvider, LlmResponse, Message, Result, ToolCall, ToolCallingProvider, Usage,
};
use ek_patterns::{
    Budget, ConsensusOptions, Ledger, ReactOptions, RetryConfig, Tool, consensus, react_loop, retry,
};
use tokio::runtime::Runtime;

/// Runs of a batch, and batches of which the fastest counts: what lasts longer was disturbed.
const RUNS: u32 = 2_000;
const BATCHES: u32 = 9;

/// Answers at once: calls the tool where there is one and it has not spoken yet.
struct AtOnce;

impl LlmProvider for AtOnce {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        let asked = request.messages.last().is_some_and(|last| last.tool_call_id.is_none());
        let reply = if asked && !request.tools.is_empty() {
            LlmResponse::default().with_tool_calls([ToolCall::new("1", "tide", r#"{"at":"noon"}"#)])
        } else {
            LlmResponse::text("four")
        };
        Ok(reply.with_usage(Usage::new(20, 5)))
    }
}

impl ToolCallingProvider for AtOnce {}

fn request() -> ChatRequest {
    ChatRequest::new([
        Message::system("Answer in one word."),
        Message::user("How many legs has the stand of this kiln, and how high is the tide?"),
    ])
}

fn main() {
    // Cargo passes this where it is a benchmark that is asked for; as a test there is nothing to do.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    let request = request();
    let (retries, once) = (RetryConfig::default(), RetryConfig::none());
    let ledger = Ledger::new(Budget::default().with_calls(u64::MAX)).expect("a budget");
    let voting = ConsensusOptions::default();
    let voting_once = ConsensusOptions::default().with_retry(once.clone());
    let acting = ReactOptions::default();
    let schema = r#"{"type":"object","properties":{"at":{"type":"string"}},"required":["at"]}"#;
    let tide = Tool::new("tide", "When the tide is high.", schema, |_| async { Ok("noon") });
    let tools = [tide.expect("a tool")];

    println!("| pattern | calls | µs per run | µs per call | allocations per run | per call |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let row = |name, calls, run: &dyn Fn(&Runtime)| report(name, calls, &runtime, run);
    row("the provider alone", 1, &|on| drop(black_box(on.block_on(AtOnce.complete(&request)))));
    row("`retry`", 1, &|on| {
        drop(black_box(on.block_on(retry(&retries, || AtOnce.complete(&request)))));
    });
    row("`Ledger::complete`", 1, &|on| {
        drop(black_box(on.block_on(ledger.complete(&AtOnce, &request))));
    });
    row("`consensus`, 5 samples", 5, &|on| {
        black_box(on.block_on(consensus(&AtOnce, &request, &voting)).expect("an answer"));
    });
    row("`consensus`, 5 samples, no retries", 5, &|on| {
        black_box(on.block_on(consensus(&AtOnce, &request, &voting_once)).expect("an answer"));
    });
    row("`react_loop`, no tool needed", 1, &|on| {
        black_box(on.block_on(react_loop(&AtOnce, &request, &[], &acting)).expect("an answer"));
    });
    row("`react_loop`, one tool call", 2, &|on| {
        black_box(on.block_on(react_loop(&AtOnce, &request, &tools, &acting)).expect("an answer"));
    });
}

fn report(name: &str, calls: u32, runtime: &Runtime, run: &dyn Fn(&Runtime)) {
    for _ in 0..RUNS {
        run(runtime);
    }
    let allocations = measure(|| run(runtime)).count_total;
    let fastest = (0..BATCHES)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..RUNS {
                run(runtime);
            }
            start.elapsed()
        })
        .min();
    let micros = fastest.unwrap_or(Duration::ZERO).as_secs_f64() * 1e6 / f64::from(RUNS);
    let each = f64::from(calls);
    let per_call = f64::from(u32::try_from(allocations).unwrap_or(u32::MAX)) / each;
    println!(
        "| {name} | {calls} | {micros:.2} | {:.2} | {allocations} | {per_call:.1} |",
        micros / each
    );
}
