//! An adapter that completes and does no more, given to `react_loop`. With `--cfg calls_tools` it says
//! that it can call tools, and is taken.

use executionkit::{
    ChatRequest, LlmProvider, LlmResponse, ReactOptions, Result, Tool, react_loop,
};

pub struct CompleteOnly;

impl LlmProvider for CompleteOnly {
    async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
        Ok(LlmResponse::text("done"))
    }
}

#[cfg(calls_tools)]
impl executionkit::ToolCallingProvider for CompleteOnly {}

pub async fn run(tools: &[Tool]) -> Result<String> {
    let outcome = react_loop(&CompleteOnly, "task", tools, &ReactOptions::default()).await?;
    Ok(outcome.value)
}
