//! A tool call and its answer: the model asks for a tool, the program runs it, the model goes on.
//!
//! The model is a mock, so that this runs anywhere. With a `Provider` in its place the loop stays.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use executionkit::{
    ChatRequest, LlmProvider, LlmResponse, Message, MockProvider, Result, ToolCall, ToolSpec,
};

#[derive(serde::Deserialize)]
struct Place {
    city: String,
}

/// Runs a tool. What is wrong with the call goes to the model too, which can then do better.
fn run(call: &ToolCall) -> String {
    match (call.name.as_str(), call.arguments.parse::<Place>()) {
        ("tide", Ok(place)) => format!("high tide in {} is at 04:12", place.city),
        ("tide", Err(error)) => error.to_string(),
        (other, _) => format!("there is no tool named {other}"),
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let call = ToolCall::new("call_1", "tide", r#"{"city":"Bergen"}"#);
    let model = MockProvider::new([
        LlmResponse::default().with_tool_calls([call]),
        LlmResponse::text("The water is highest at 04:12."),
    ]);

    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
    let tide = ToolSpec::new("tide", "The next high tide of a harbour town", schema)?;
    let mut request = ChatRequest::user("When is high tide in Bergen?").with_tools([tide]);
    loop {
        let reply = model.complete(&request).await?;
        if !reply.has_tool_calls() {
            println!("answer: {}", reply.content);
            return Ok(());
        }
        request.messages.push(Message::from(&reply));
        for call in &reply.tool_calls {
            let result = run(call);
            println!("{}({}): {result}", call.name, call.arguments.as_str());
            request.messages.push(Message::tool(&call.id, result));
        }
    }
}
