//! A backend for the suite: each clause finds in its replies what it has to see.

use ek_core::{ChatRequest, LlmResponse, Role, ToolCall, Usage};

/// What a backend answers that lets the suite see the most: the newest message of the user, word for
/// word; where tools are offered and no result stands at the end, two calls of the first of them.
/// The usage counts words.
///
/// ```
/// use ek_core::{ChatRequest, LlmProvider};
/// use ek_mock::{MockProvider, conformance};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let provider = MockProvider::respond_with(conformance::echo);
/// assert_eq!(provider.complete(&ChatRequest::user("low water")).await?.content, "low water");
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn echo(request: &ChatRequest) -> LlmResponse {
    let words = |text: &str| text.split_whitespace().count() as u64;
    let input: u64 = request.messages.iter().map(|message| words(&message.text())).sum();
    let answered = request.messages.last().is_some_and(|message| message.role == Role::Tool);
    if let Some(tool) = request.tools.first().filter(|_| !answered) {
        let call = |number: u32, city: &str| {
            let arguments = format!(r#"{{"city":"{city}"}}"#);
            ToolCall::new(format!("call_{number}"), &tool.name, arguments)
        };
        let calls = [call(1, "Oslo"), call(2, "Riga")];
        return LlmResponse::default().with_tool_calls(calls).with_usage(Usage::new(input, 2));
    }
    let text = request.last_user_text().unwrap_or_default();
    let usage = Usage::new(input, words(&text));
    LlmResponse::text(text).with_usage(usage)
}
