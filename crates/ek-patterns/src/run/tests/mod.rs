//! Calls of a run, as patterns make them.

mod calls;
mod streams;
mod watching;

use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind, LlmResponse, Usage};

use super::{Run, RunOptions};
use crate::{Budget, Ledger, RetryConfig};

fn run_with(retry: &RetryConfig, budget: &Budget, ledger: Option<&Ledger>) -> Run {
    let mut options = RunOptions::default().with_retry(retry.clone()).with_budget(budget.clone());
    options.ledger = ledger.cloned();
    Run::begin("test", &options).expect("usable settings")
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
