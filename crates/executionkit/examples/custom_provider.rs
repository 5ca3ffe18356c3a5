//! An adapter for a backend of your own, in four steps, and a fifth that proves it. It answers, calls
//! tools and streams, and needs `ek-core` and nothing else; its tests need `ek-mock`.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use ek_core::{
    ChatRequest, ChatStream, LlmProvider, LlmResponse, ResponseAssembly, Result, Stream,
    StreamEvent, StreamingProvider, ToolCall, ToolCallFragment, ToolCallingProvider, Usage,
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

// Step 4, for a backend that streams: hand out the pieces as they come, then the whole reply.
impl StreamingProvider for Backwards {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        Ok(ChatStream::new(Pieces::of(&self.complete(request).await?)?))
    }
}

/// The pieces of a reply. A real one reads them from its backend in `poll_next`.
struct Pieces(VecDeque<StreamEvent>);

impl Pieces {
    fn of(reply: &LlmResponse) -> Result<Self> {
        let mut events = VecDeque::new();
        // The assembly makes the whole reply out of the pieces.
        let mut assembly = ResponseAssembly::new();
        for word in reply.content.split_inclusive(' ') {
            assembly.push_text(word);
            events.push_back(StreamEvent::Text(word.to_owned()));
        }
        for call in &reply.tool_calls {
            let piece = ToolCallFragment::new().with_id(&*call.id).with_name(&*call.name);
            let piece = piece.with_arguments(call.arguments.as_str());
            events.extend(assembly.push_tool_call(piece)?.map(StreamEvent::ToolCallDelta));
        }
        if let Some(reason) = &reply.finish_reason {
            assembly.set_finish_reason(reason.as_str());
        }
        assembly.update_usage(&reply.usage);
        let whole = assembly.finish()?;
        events.extend(whole.tool_calls.iter().cloned().map(StreamEvent::ToolCall));
        if whole.usage != Usage::default() {
            events.push_back(StreamEvent::Usage(whole.usage));
        }
        events.push_back(StreamEvent::Done(Box::new(whole)));
        Ok(Self(events))
    }
}

impl Stream for Pieces {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}

/// Code that takes any provider. There is nothing to register.
async fn show<P>(provider: &P, request: &ChatRequest) -> Result<()>
where
    P: ToolCallingProvider + StreamingProvider,
{
    let reply = provider.stream(request).await?.collect().await?;
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

// Step 5: one test for each thing that a provider owes its callers.
#[cfg(test)]
mod backwards_conforms {
    ek_mock::conformance!(super::Backwards, streaming, tools);
}
