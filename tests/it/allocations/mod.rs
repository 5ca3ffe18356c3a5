//! How often a call allocates, in each scenario of the benchmark, against ceilings kept in a file.
//!
//! Unlike time, this does not depend on the machine or on its load. The counter counts for the thread
//! that makes the calls; the server has other threads.

mod answers;
mod server;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use allocation_counter::measure;
use executionkit::{
    ChatRequest, LlmProvider as _, LlmResponse, Message, Provider, StreamEvent,
    StreamingProvider as _, ToolSpec,
};

use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use answers::Answer;

const CEILINGS: &str = include_str!("ceilings.txt");

/// Calls that are counted, after some that are not.
const CALLS: u64 = 16;

/// The ceilings by scenario. A line is a name, a number, and the reason for it.
fn ceilings() -> BTreeMap<&'static str, u64> {
    let lines = CEILINGS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let ceilings = lines.map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next().expect("a name");
        let ceiling = words.next().and_then(|word| word.parse().ok()).expect(line);
        assert!(words.next().is_some(), "no reason: {line}");
        (name, ceiling)
    });
    ceilings.collect()
}

/// Checked like every call: figures of a call that went wrong are none.
fn check(reply: &LlmResponse, answer: &Answer) {
    assert_eq!(reply.content, answer.text);
    assert_eq!(reply.tool_calls.len(), answer.calls);
    assert_eq!(reply.output_tokens(), Some(24));
}

async fn call(provider: &Provider, request: &ChatRequest, answer: &Answer) {
    if !answer.stream {
        let reply = provider.complete(request).await.expect("a reply");
        return check(&reply, answer);
    }
    let mut stream = provider.stream(request).await.expect("a stream");
    let mut deltas = 0;
    loop {
        match stream.next().await.expect("an end").expect("an event") {
            StreamEvent::Text(_) | StreamEvent::ToolCallDelta(_) => deltas += 1,
            StreamEvent::Done(reply) => {
                assert_eq!(deltas, answer.deltas);
                return check(&reply, answer);
            }
            _ => {}
        }
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn provider(uri: String, callers: usize) -> Provider {
    let provider = Provider::builder(uri, "gpt-4o-mini").api_key("sk-0123456789abcdef");
    provider.max_connections(callers).build().expect("a provider")
}

/// Allocations of one call. `request` is called for each: making the request counts.
fn allocations(answer: &Answer, request: impl Fn() -> ChatRequest) -> u64 {
    let provider = provider(server::start(answer, 1), 1);
    let runtime = runtime();
    let calls = |count| {
        runtime.block_on(async {
            for _ in 0..count {
                call(&provider, &request(), answer).await;
            }
        });
    };
    calls(4);
    measure(|| calls(CALLS)).count_total.div_ceil(CALLS)
}

/// The same where this number of callers ask at once, each on a connection of its own.
fn allocations_at_once(callers: usize, answer: Answer) -> u64 {
    let provider = provider(server::start(&answer, callers), callers);
    let (runtime, answer) = (runtime(), Arc::new(answer));
    let calls = |count| {
        runtime.block_on(async {
            let mut set = JoinSet::new();
            for _ in 0..callers {
                let (provider, answer) = (provider.clone(), Arc::clone(&answer));
                set.spawn(async move {
                    for _ in 0..count {
                        call(&provider, &short(), &answer).await;
                    }
                });
            }
            // A caller that is made to wait for another would be waited for by the server.
            let all = tokio::time::timeout(Duration::from_secs(60), set.join_all());
            all.await.expect("all calls at the same time");
        });
    };
    calls(4);
    measure(|| calls(CALLS)).count_total.div_ceil(CALLS * callers as u64)
}

/// Holds a scenario to its ceiling.
fn holds(name: &str, allocations: u64) {
    let ceiling = ceilings()[name];
    assert!(
        allocations <= ceiling,
        "{name}: {allocations} allocations for each call, and the ceiling is {ceiling} \
         (tests/it/allocations/ceilings.txt)"
    );
    // The counter counts, and a ceiling far above guards nothing.
    assert!(allocations * 2 > ceiling, "{name}: {allocations}, far below {ceiling}: lower it");
}

fn short() -> ChatRequest {
    ChatRequest::user("Why is a kiln heated slowly?")
}

#[test]
fn a_small_call_allocates_within_its_ceiling() {
    holds("small", allocations(&answers::text(150), short));
}

#[test]
fn a_large_answer_allocates_within_its_ceiling() {
    holds("large", allocations(&answers::text(64 * 1024), short));
}

#[test]
fn a_long_conversation_allocates_within_its_ceiling() {
    let text = "A potter counts the hours.\n".repeat(38);
    let messages: Vec<Message> = (0..64).map(|_| Message::user(text.as_str())).collect();
    let request = || ChatRequest::new(messages.iter().cloned());
    holds("history", allocations(&answers::text(150), request));
}

#[test]
fn tool_calls_allocate_within_their_ceiling() {
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}}}"#;
    let tool = ToolSpec::new("tide", "When it is high", schema).expect("a tool");
    let request = short().with_tools([tool]);
    holds("tools", allocations(&answers::tools(), || request.clone()));
}

#[test]
fn a_stream_allocates_once_for_each_delta_and_little_beside() {
    let answer = answers::stream(500);
    let all = allocations(&answer, short);
    assert!(all > answer.deltas as u64, "each event has a text of its own");
    holds("sse", all - answer.deltas as u64);
}

#[test]
fn sixty_four_callers_at_once_allocate_no_more_than_one() {
    holds("small-64", allocations_at_once(64, answers::text(150)));
}

#[test]
fn streams_that_come_delta_by_delta_allocate_little_for_each() {
    let answer = answers::slow_stream(100);
    let deltas = answer.deltas as u64;
    let all = allocations_at_once(16, answer);
    assert!(all > deltas, "each event has a text of its own");
    holds("slow", all - deltas);
}

#[test]
fn streamed_tool_calls_allocate_once_for_each_delta_and_little_beside() {
    let answer = answers::streamed_tools();
    let all = allocations(&answer, short);
    assert!(all > answer.deltas as u64, "each event has arguments of its own");
    holds("sse-tools", all - answer.deltas as u64);
}
