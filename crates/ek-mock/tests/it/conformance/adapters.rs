//! Adapters made of closures, so that a wrong one is a few lines.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use ek_core::{
    ChatRequest, ChatStream, LlmProvider, LlmResponse, Result, StreamEvent, StreamingProvider,
    ToolCallingProvider,
};
use futures_core::Stream;

/// Answers as the closure says, and can call tools.
pub(crate) struct Answers<F>(pub(crate) F);

impl<F, Fut> LlmProvider for Answers<F>
where
    F: Fn(ChatRequest) -> Fut + Send + Sync,
    Fut: Future<Output = Result<LlmResponse>> + Send,
{
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        (self.0)(request.clone()).await
    }
}

impl<F, Fut> ToolCallingProvider for Answers<F>
where
    F: Fn(ChatRequest) -> Fut + Send + Sync,
    Fut: Future<Output = Result<LlmResponse>> + Send,
{
}

/// An answer that is there at once.
pub(crate) fn answers(
    reply: impl Fn(&ChatRequest) -> Result<LlmResponse> + Send + Sync,
) -> impl ToolCallingProvider {
    Answers(move |request: ChatRequest| std::future::ready(reply(&request)))
}

/// Streams the items that the closure gives, and completes as `echo` does.
pub(crate) struct Streams<F>(pub(crate) F);

type Items = Vec<Result<StreamEvent>>;

impl<F: Fn(&ChatRequest) -> Items + Send + Sync> LlmProvider for Streams<F> {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        Ok(ek_mock::conformance::echo(request))
    }
}

impl<F: Fn(&ChatRequest) -> Items + Send + Sync> ToolCallingProvider for Streams<F> {}

impl<F: Fn(&ChatRequest) -> Items + Send + Sync> StreamingProvider for Streams<F> {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        Ok(ChatStream::new(InTurn((self.0)(request).into())))
    }
}

/// A stream of these items.
pub(crate) struct InTurn(pub(crate) VecDeque<Result<StreamEvent>>);

impl Stream for InTurn {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front())
    }
}

/// The events of a sound stream of this reply, the text in one piece.
pub(crate) fn sound(reply: LlmResponse) -> Vec<StreamEvent> {
    let mut events = Vec::new();
    if !reply.content.is_empty() {
        events.push(StreamEvent::Text(reply.content.clone()));
    }
    for (number, call) in reply.tool_calls.iter().enumerate() {
        let mut delta = ek_core::ToolCallDelta::new(number);
        delta.id = Some(call.id.clone());
        delta.name = Some(call.name.clone());
        delta.arguments = call.arguments.as_str().to_owned();
        events.push(StreamEvent::ToolCallDelta(delta));
    }
    events.extend(reply.tool_calls.iter().cloned().map(StreamEvent::ToolCall));
    if reply.usage != ek_core::Usage::default() {
        events.push(StreamEvent::Usage(reply.usage));
    }
    events.push(StreamEvent::Done(Box::new(reply)));
    events
}

/// Asks a clause of an adapter that breaks it, and checks what it has seen. What is owed stands in the
/// test of the report, and is a third argument for the clauses that are kept there.
macro_rules! assert_broken {
    ($clause:ident $arguments:tt, $seen:expr, $owed:expr $(,)?) => {{
        let violation = assert_broken!($clause $arguments, $seen);
        assert_eq!(violation.owed, $owed);
    }};
    ($clause:ident($($argument:expr),* $(,)?), $seen:expr $(,)?) => {{
        let outcome = ek_mock::conformance::$clause($($argument),*).await;
        let violation = outcome.expect_err("the adapter is wrong");
        assert_eq!(violation.clause, stringify!($clause));
        assert_eq!(violation.seen, $seen);
        violation
    }};
}

pub(crate) use assert_broken;
