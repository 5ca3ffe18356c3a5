//! Providers made of several others.

mod circuit;
mod embeddings;
mod failover;
mod router;
mod spend;
mod streams;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider, Result};
use ek_mock::MockProvider;
use ek_patterns::{Failover, FailoverOptions};

fn request() -> ChatRequest {
    ChatRequest::user("How does a kiln cool?").with_max_tokens(100)
}

fn failure(kind: ErrorKind) -> Error {
    Error::new(kind, "a failure")
}

fn down() -> MockProvider {
    MockProvider::failing(failure(ErrorKind::Server))
}

/// A failover to a provider that answers, and handles to see what each of them was asked.
fn backed(
    first: &MockProvider,
    options: FailoverOptions,
) -> (Failover<MockProvider>, MockProvider) {
    let second = MockProvider::new(["from the second"]);
    let both = [first.clone(), second.clone()];
    (Failover::with_options(both, options).expect("a failover"), second)
}

async fn ask(provider: &impl LlmProvider) -> Result<String> {
    provider.complete(&request()).await.map(|response| response.content)
}
