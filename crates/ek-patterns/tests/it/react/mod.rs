//! `react_loop` as its users see it. Each sentence of its documentation has a test of that name.

mod answers;
mod approval;
mod concurrency;
mod deadline;
mod dropping;
mod history;
mod limits;
mod nesting;
mod observations;
mod pausing;
mod properties;
mod providers;
mod refusals;
mod resuming;
mod streaming;
mod watching;

use ek_core::{LlmResponse, Message, Role, ToolCall, Usage};
use ek_mock::MockProvider;
use ek_patterns::{Tool, ToolError};
use serde_json::Value;

const CITY: &str =
    r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;

/// Knows one harbour, and shows or hides its errors.
fn tide() -> Tool {
    let code = |place: Value| async move {
        match place["city"].as_str() {
            Some("Bergen") => Ok("04:12"),
            Some("Oslo") => Err(ToolError::shown("Oslo is not listed")),
            _ => Err(ToolError::from(std::io::Error::other("SECRET path"))),
        }
    };
    Tool::new("tide", "The next high tide", CITY, code).expect("a tool")
}

/// A tool without arguments.
fn tool<Fut>(name: &str, code: impl Fn() -> Fut + Send + Sync + 'static) -> Tool
where
    Fut: Future<Output = Result<String, ToolError>> + Send + 'static,
{
    Tool::new(name, "", r#"{"type":"object"}"#, move |_| code()).expect("a tool")
}

fn ask_tide(id: &str, city: &str) -> ToolCall {
    ToolCall::new(id, "tide", format!(r#"{{"city":"{city}"}}"#))
}

fn calls(calls: impl IntoIterator<Item = ToolCall>) -> LlmResponse {
    LlmResponse::default().with_tool_calls(calls).with_usage(Usage::new(10, 2))
}

fn text(text: &str) -> LlmResponse {
    LlmResponse::text(text).with_usage(Usage::new(10, 2))
}

/// A model that calls for these things, and then says "done".
fn model(first: impl IntoIterator<Item = ToolCall>) -> MockProvider {
    MockProvider::new([calls(first), text("done")])
}

/// The results that the model was shown in its last call: id and text.
fn shown(model: &MockProvider) -> Vec<(String, String)> {
    let request = model.last_call().expect("a call").request;
    let results = request.messages.iter().filter(|m| m.role == Role::Tool);
    results.map(|m| (m.tool_call_id.clone().expect("an id"), m.text().into_owned())).collect()
}

/// Each message as its role and its text, calls as their ids.
fn written(messages: &[Message]) -> Vec<String> {
    let line = |m: &Message| {
        let ids: Vec<_> = m.tool_calls.iter().map(|c| c.id.as_str()).collect();
        let calls = if ids.is_empty() { String::new() } else { format!(" -> {}", ids.join(",")) };
        format!("{}: {}{calls}", m.role.as_str(), m.text())
    };
    messages.iter().map(line).collect()
}
