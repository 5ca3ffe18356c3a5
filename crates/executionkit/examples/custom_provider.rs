//! An adapter for a backend of your own, in three steps, and a fourth that proves it. It needs
//! `ek-core` and nothing else, and its tests `ek-mock`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use ek_core::{
    ChatRequest, LlmProvider, LlmResponse, Result, ToolCall, ToolCallingProvider, Usage,
};

/// A backend without a network: it says the words backwards, and calls the first tool it is given.
struct Backwards;

// Step 1: complete a conversation.
impl LlmProvider for Backwards {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        if let Some(tool) = request.tools.first() {
            let call = ToolCall::new("call_1", &tool.name, "{}");
            // The usage may stay empty: it is then unknown, and not zero.
            return Ok(LlmResponse::default().with_tool_calls([call]));
        }
        let asked = request.last_user_text().unwrap_or_default();
        let words: Vec<&str> = asked.split_whitespace().rev().collect();
        let count = words.len() as u64;
        // Step 2: give back the text, and the usage where it is known.
        Ok(LlmResponse::text(words.join(" ")).with_usage(Usage::new(count, count)))
    }
}

// Step 3, for a backend that can call tools: say so, and fill `tool_calls` as above.
impl ToolCallingProvider for Backwards {}

/// Code that takes any provider. There is nothing to register.
async fn show(provider: &impl ToolCallingProvider, request: &ChatRequest) -> Result<()> {
    let reply = provider.complete(request).await?;
    println!("text: {:?}", reply.content);
    println!("tool calls: {}", reply.tool_calls.len());
    println!("total tokens: {:?}", reply.total_tokens());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let request = ChatRequest::user("slowly cool kilns");
    show(&Backwards, &request).await?;
    let wind = ek_core::ToolSpec::new("wind", "The wind now", r#"{"type":"object"}"#)?;
    show(&Backwards, &request.with_tools([wind])).await
}

// Step 4: one test for each thing that a provider owes its callers.
#[cfg(test)]
mod backwards_conforms {
    ek_mock::conformance!(super::Backwards, tools);
}
