//! Shared by the tests of this crate: a provider in front of a scripted server, the checks of every
//! failure, and the secrets that must not be shown.
//!
//! Every secret of a test (key, prompt, reply) holds the same mark, so that one search finds them all.

pub(crate) mod dial;
pub(crate) mod hidden;
pub(crate) mod logs;
pub(crate) mod memory;
pub(crate) mod metered;
pub(crate) mod native;
pub(crate) mod rig;

use std::time::Duration;

use ek_core::ChatRequest;
use ek_http::{Provider, ProviderBuilder};
use ek_mock::wire::{Connection, response};

/// The mark in everything that must not be shown.
pub(crate) const MARK: &str = "MARK";
pub(crate) const KEY: &str = "MARKkey-7d1e0c55a9b3f204";
pub(crate) const PROMPT: &str = "MARKprompt: what burns in a kiln?";
pub(crate) const REPLY: &str = "MARKreply: nothing but the glaze.";

pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

/// The limit for a broken client. No test takes that long.
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    let limited = tokio::time::timeout(Duration::from_secs(100), future);
    limited.await.expect("it should not take so long")
}

/// Lets every task that is ready run, such as the one that gives a connection back to the pool.
pub(crate) async fn settled() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

pub(crate) fn question() -> ChatRequest {
    ChatRequest::user(PROMPT)
}

/// A provider with a key. Its pool keeps each connection that no fault closes.
pub(crate) fn settings(uri: &str) -> ProviderBuilder {
    logs::start();
    Provider::builder(format!("{uri}/v1"), "test-model")
        .api_key(KEY)
        .pool_idle_timeout(Duration::from_secs(3600))
}

/// A reply with this text.
pub(crate) fn completion(text: &str) -> String {
    let text = serde_json::Value::from(text);
    format!(
        r#"{{"id":"c-1","object":"chat.completion","model":"test-model-7","choices":[{{"index":0,"message":{{"role":"assistant","content":{text}}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}}}"#
    )
}

/// The bytes of a good answer.
pub(crate) fn well() -> Vec<u8> {
    response(200, &[JSON], completion(REPLY))
}

/// Sends a good answer to every request.
pub(crate) fn good() -> Connection {
    Connection::new().read_request().write(well()).repeat()
}

/// Answers the first request with these bytes, and the later ones with a good answer.
pub(crate) fn first(bytes: impl AsRef<[u8]>) -> Connection {
    let bad = Connection::new().read_request().write(bytes);
    bad.read_request().write(well()).stall()
}
