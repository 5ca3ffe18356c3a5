//! Calls of a run, as patterns make them.

mod calls;
mod streams;
mod watching;

use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind, LlmResponse, Usage};

use super::{Common, Run};
use crate::{Budget, Ledger, RetryConfig};

fn run_with(retry: &RetryConfig, budget: &Budget, ledger: Option<&Ledger>) -> Run {
    let common = Common { retry, budget, ledger, observer: None, capture_content: false };
    Run::begin("test", common).expect("usable settings")
}

fn quick() -> RetryConfig {
    RetryConfig::default().with_base_delay(Duration::ZERO)
}

fn request() -> ChatRequest {
    ChatRequest::user("How does a kiln cool?").with_max_tokens(100)
}

fn reply() -> LlmResponse {
    LlmResponse::text("Slowly.").with_usage(Usage::new(9, 2))
}

fn outage() -> Error {
    Error::new(ErrorKind::Server, "HTTP 503").with_may_have_executed(false)
}
