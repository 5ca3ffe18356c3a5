//! A model with tools: it calls them, reads their results, and answers; events show each step.
//!
//! Asks the endpoint that the environment names, in `EXECUTIONKIT_BASE_URL`, `_MODEL` and `_API_KEY`
//! or in `OPENAI_MODEL` and `OPENAI_API_KEY`. If it names none, a mock answers.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::io::Write as _;

use executionkit::{
    Budget, ChatRequest, DynToolProvider, LlmResponse, MockProvider, OnLimit, Provider, ReactEvent,
    ReactOptions, Result, Tool, ToolCall, ToolError, Usage, react_loop_stream,
};
use serde_json::Value;

/// What both tools take. With the feature `schemars` this can be derived from a type: `Tool::typed`.
const HARBOUR: &str = r#"{
    "type": "object",
    "properties": {"city": {"type": "string", "description": "The harbour town"}},
    "required": ["city"]
}"#;

async fn tide(harbour: Value) -> Result<&'static str, ToolError> {
    match harbour["city"].as_str() {
        Some("Bergen") => Ok("high at 04:12 and 16:38"),
        // The model reads this, and can correct its call.
        _ => Err(ToolError::shown("only the tides of Bergen are known")),
    }
}

async fn wind(_: Value) -> Result<String, ToolError> {
    // Any other error is hidden: the model reads only its kind.
    let knots: u32 = "12".parse()?;
    Ok(format!("{knots} knots, north-west"))
}

#[tokio::main]
async fn main() -> Result<()> {
    let llm = match Provider::from_env() {
        Ok(provider) => DynToolProvider::streaming(provider),
        Err(error) if error.code() == Some("environment_unset") => {
            println!("The environment names no endpoint: asking a mock.");
            DynToolProvider::streaming(mock())
        }
        Err(error) => return Err(error),
    };
    let tools = [
        Tool::new("tide", "The tides of a harbour town today", HARBOUR, tide)?,
        Tool::new("wind", "The wind at a harbour town now", HARBOUR, wind)?,
    ];
    let options = ReactOptions::default()
        .with_on_limit(OnLimit::FinalAnswerWithoutTools)
        .with_approval(|call| async move { call.name != "launch" })
        .with_budget(Budget::default().with_calls(12));
    let question = ChatRequest::user("When shall I sail from Bergen today? One sentence.");

    let mut events = react_loop_stream(&llm, question, &tools, &options)?;
    while let Some(event) = events.next().await {
        match event? {
            ReactEvent::Text(piece) => {
                print!("{piece}");
                std::io::stdout().flush().ok();
            }
            ReactEvent::ToolStarted { name, arguments, .. } => {
                println!("{name}({}) ...", arguments.as_str());
            }
            ReactEvent::ToolFinished { name, outcome, observation, .. } => {
                println!("{name}: {observation} ({outcome:?})");
            }
            ReactEvent::Done(outcome) => {
                let (rounds, spend) = (outcome.detail.rounds, outcome.spend);
                let tokens = spend.usage.total().map_or("unknown".to_owned(), |n| n.to_string());
                println!("\n{rounds} rounds, {} calls, tokens: {tokens}", spend.calls);
            }
            _ => {}
        }
    }
    Ok(())
}

fn mock() -> MockProvider {
    let call = |id: &str, name: &str, city: &str| {
        ToolCall::new(id, name, format!(r#"{{"city":"{city}"}}"#))
    };
    let first =
        [call("a", "tide", "Bergen"), call("b", "wind", "Bergen"), call("c", "tide", "Oslo")];
    MockProvider::new([
        LlmResponse::default().with_tool_calls(first).with_usage(Usage::new(95, 41)),
        LlmResponse::text("Sail shortly after 16:38, with the ebb.")
            .with_usage(Usage::new(190, 12)),
    ])
}
