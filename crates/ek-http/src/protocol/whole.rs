//! A reply that came in one document, as the events that a stream of it has.

use ek_core::{LlmResponse, StreamEvent, Usage};

/// All events, the last one included.
pub(crate) fn events(response: LlmResponse) -> impl Iterator<Item = StreamEvent> {
    let texts: Vec<StreamEvent> = texts(&response).collect();
    let ends = ends(response);
    texts.into_iter().chain(ends)
}

/// The texts, in the order in which a stream has them.
pub(crate) fn texts(response: &LlmResponse) -> impl Iterator<Item = StreamEvent> {
    let content = Some(&response.content).filter(|text| !text.is_empty());
    [
        response.reasoning.clone().map(StreamEvent::Reasoning),
        content.cloned().map(StreamEvent::Text),
        response.refusal.clone().map(StreamEvent::Refusal),
    ]
    .into_iter()
    .flatten()
}

/// What stands at the end of every stream: the whole calls, the usage, the reply.
pub(crate) fn ends(response: LlmResponse) -> impl Iterator<Item = StreamEvent> {
    let calls: Vec<_> = response.tool_calls.iter().cloned().map(StreamEvent::ToolCall).collect();
    let usage = Some(response.usage).filter(|usage| *usage != Usage::default());
    let done = StreamEvent::Done(Box::new(response));
    calls.into_iter().chain(usage.map(StreamEvent::Usage)).chain([done])
}
