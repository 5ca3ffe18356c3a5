//! An agent that was recorded is replayed, with the ids that its client made and the times of its tools.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ek_core::Result;
use ek_http::Provider;
use ek_mock::wire::{Connection, MockTransport, RawServer, response};
use ek_mock::{Cassette, Recording, Script};
use ek_patterns::{ReactOptions, Tool, react_loop};

use super::Folder;

const PLACE: &str = r#"{"type":"object","properties":{"city":{"type":"string"}}}"#;

/// What a server without ids says: two calls at once, and then the answer.
fn server() -> Connection {
    let call = |city: &str| {
        format!(r#"{{"function":{{"name":"tide","arguments":"{{\"city\":\"{city}\"}}"}}}}"#)
    };
    let calls = format!(
        r#"{{"choices":[{{"message":{{"tool_calls":[{},{}]}},"finish_reason":"tool_calls"}}]}}"#,
        call("Oslo"),
        call("Riga"),
    );
    let done = r#"{"choices":[{"message":{"content":"At noon."},"finish_reason":"stop"}]}"#;
    let json = [("content-type", "application/json")];
    Connection::new()
        .read_request()
        .write(response(200, &json, calls))
        .read_request()
        .write(response(200, &json, done))
}

/// The agent, with a tool that tells what the clock says.
async fn agent(provider: &Provider, clock: &Arc<AtomicU32>) -> Result<String> {
    let clock = Arc::clone(clock);
    let tide = Tool::new("tide", "The next high tide", PLACE, move |_| {
        let now = clock.load(Ordering::Relaxed);
        async move { Ok(format!("asked at {now}")) }
    })?;
    let options = ReactOptions::default();
    Ok(react_loop(provider, "And the tides?", &[tide], &options).await?.value)
}

async fn recorded(folder: &Folder, clock: &Arc<AtomicU32>) {
    let upstream = RawServer::start(server()).await;
    let recorder = Cassette::record(folder.path(), &upstream.uri()).await.expect("a recorder");
    let live = Provider::builder(recorder.uri(), "m").build().expect("settings");
    assert_eq!(agent(&live, clock).await.expect("an answer"), "At noon.");
    let all = recorder.stop().await;
    assert!(all.iter().all(|one| matches!(one, Recording::Written { .. })), "{all:?}");
}

fn offline(script: Script) -> Provider {
    let transport = MockTransport::new(script);
    let provider = Provider::builder(transport.uri(), "m").connector(transport.clone());
    provider.build().expect("settings")
}

#[tokio::test]
async fn a_recorded_agent_is_replayed_though_its_client_makes_the_ids_of_the_calls() {
    let (folder, clock) = (Folder::new(), Arc::default());
    recorded(&folder, &clock).await;
    for _ in 0..2 {
        let offline = offline(Cassette::replay(folder.path()).expect("a cassette"));
        assert_eq!(agent(&offline, &clock).await.expect("an answer"), "At noon.");
    }
}

#[tokio::test]
async fn what_differs_within_the_results_of_tools_can_be_left_out() {
    let (folder, clock) = (Folder::new(), Arc::<AtomicU32>::default());
    recorded(&folder, &clock).await;
    clock.store(7, Ordering::Relaxed);
    let cassette = || Cassette::open(folder.path()).expect("a cassette");

    let strict = offline(cassette().script().expect("a script"));
    let error = agent(&strict, &clock).await.expect_err("a miss").to_string();
    let why = r#"messages[2].content was "asked at 0" and is "asked at 7""#;
    assert!(error.contains(why), "{error}");

    let pointer = cassette().ignoring("/messages/*/content");
    let own = cassette().normalizing(|question| {
        for message in question["messages"].as_array_mut().into_iter().flatten() {
            if message["role"] == "tool" {
                message["content"] = "a time".into();
            }
        }
    });
    for lenient in [pointer, own] {
        let lenient = offline(lenient.script().expect("a script"));
        assert_eq!(agent(&lenient, &clock).await.expect("an answer"), "At noon.");
    }
}
