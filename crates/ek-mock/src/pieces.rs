//! A reply becomes the events of a stream. Pure: it knows no clock.

use std::collections::VecDeque;

use ek_core::{Error, LlmResponse, RawBody, Result, StreamEvent, ToolCall, ToolCallDelta, Usage};

/// The events of a reply, in the order in which ek-http gives them. No payload stands behind a stream,
/// so its last event holds none.
pub(crate) fn of(reply: &LlmResponse, chunk_chars: usize) -> Vec<StreamEvent> {
    let cut = |text| cut(text, chunk_chars).map(str::to_owned);
    let mut events = Vec::new();
    events.extend(reply.reasoning.iter().flat_map(|text| cut(text)).map(StreamEvent::Reasoning));
    events.extend(cut(&reply.content).map(StreamEvent::Text));
    events.extend(reply.refusal.iter().flat_map(|text| cut(text)).map(StreamEvent::Refusal));
    for (number, call) in reply.tool_calls.iter().enumerate() {
        let mut head = ToolCallDelta::new(number);
        head.id = Some(call.id.clone());
        head.name = Some(call.name.clone());
        events.push(StreamEvent::ToolCallDelta(head));
        events.extend(cut(call.arguments.as_str()).map(|piece| {
            let mut delta = ToolCallDelta::new(number);
            delta.arguments = piece;
            StreamEvent::ToolCallDelta(delta)
        }));
    }
    events.extend(reply.tool_calls.iter().cloned().map(StreamEvent::ToolCall));
    if reply.usage != Usage::default() {
        events.push(StreamEvent::Usage(reply.usage));
    }
    let whole = reply.clone().with_raw(RawBody::default());
    events.push(StreamEvent::Done(Box::new(whole)));
    events
}

/// The first `count` events of a reply, at most all but its last, and then an error that knows them.
pub(crate) fn broken_off(
    reply: &LlmResponse,
    mut events: Vec<StreamEvent>,
    count: usize,
    error: Error,
) -> VecDeque<Result<StreamEvent>> {
    events.truncate(count.min(events.len().saturating_sub(1)));
    let error = error.with_partial(partial(reply, &events));
    let error = if events.is_empty() { error } else { error.with_retryable(false) };
    events.into_iter().map(Ok).chain([Err(error)]).collect()
}

/// Pieces of so many characters, at least one; none of an empty text.
fn cut(text: &str, characters: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.char_indices().nth(characters.max(1)).map_or(rest.len(), |(at, _)| at);
        let (piece, others) = rest.split_at(end);
        rest = others;
        (!piece.is_empty()).then_some(piece)
    })
}

/// What these events of a reply amount to: texts, the calls that are whole, the counts.
fn partial(reply: &LlmResponse, events: &[StreamEvent]) -> LlmResponse {
    let mut partial = LlmResponse::default().with_reasoning_form(reply.reasoning_form());
    if !events.is_empty() {
        partial.id.clone_from(&reply.id);
        partial.model.clone_from(&reply.model);
    }
    let mut written = vec![String::new(); reply.tool_calls.len()];
    let mut given = 0;
    for event in events {
        match event {
            StreamEvent::Text(piece) => partial.content.push_str(piece),
            StreamEvent::Reasoning(piece) => {
                partial.reasoning.get_or_insert_default().push_str(piece);
            }
            StreamEvent::Refusal(piece) => {
                partial.refusal.get_or_insert_default().push_str(piece);
            }
            StreamEvent::ToolCallDelta(delta) => written[delta.call].push_str(&delta.arguments),
            StreamEvent::ToolCall(_) => given += 1,
            StreamEvent::Usage(usage) => partial.usage = *usage,
            _ => {}
        }
    }
    let calls = reply.tool_calls.iter().zip(&written).enumerate();
    let whole =
        calls.filter(|(number, (call, written))| *number < given || is_whole(call, written));
    partial.tool_calls = whole.map(|(_, (call, _))| call.clone()).collect();
    partial
}

/// Whether nothing can be missing: of free text that is never known before the end.
fn is_whole(call: &ToolCall, written: &str) -> bool {
    let arguments = &call.arguments;
    !arguments.is_free_text() && arguments.is_valid() && arguments.as_str() == written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, characters: usize) -> Vec<&str> {
        cut(text, characters).collect()
    }

    #[test]
    fn texts_are_cut_by_characters_and_not_by_bytes() {
        assert_eq!(pieces("føhn 🌊!", 3), ["føh", "n 🌊", "!"]);
        assert_eq!(pieces("🌊🌊", 1), ["🌊", "🌊"]);
        assert_eq!(pieces("ebb", 3), ["ebb"]);
        assert_eq!(pieces("ebb", usize::MAX), ["ebb"]);
        assert_eq!(pieces("ebb", 0), ["e", "b", "b"]);
        assert!(pieces("", 3).is_empty());
    }
}
