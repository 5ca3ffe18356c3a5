//! A reply becomes the events of a stream, whole or broken off. Pure: it knows no clock.

use ek_core::{
    Error, LlmResponse, RawBody, ResponseAssembly, Result, StreamEvent, ToolCall, ToolCallDelta,
    ToolCallFragment, Usage,
};

/// The events of a reply, in the order in which ek-http gives them. No payload stands behind a stream,
/// so its last event holds none.
///
/// # Errors
/// If the fragments make no tool calls.
pub(crate) fn of(
    reply: &LlmResponse,
    fragments: &[ToolCallFragment<'static>],
    chunk_chars: usize,
) -> Result<Vec<StreamEvent>> {
    let cut = |text| cut(text, chunk_chars).map(str::to_owned);
    let mut events = Vec::new();
    events.extend(reply.reasoning.iter().flat_map(|text| cut(text)).map(StreamEvent::Reasoning));
    events.extend(cut(&reply.content).map(StreamEvent::Text));
    events.extend(reply.refusal.iter().flat_map(|text| cut(text)).map(StreamEvent::Refusal));
    if fragments.is_empty() {
        events.extend(reply.tool_calls.iter().enumerate().flat_map(|(number, call)| {
            let mut head = ToolCallDelta::new(number);
            head.id = Some(call.id.clone());
            head.name = Some(call.name.clone());
            let pieces = cut(call.arguments.as_str()).map(move |piece| {
                let mut delta = ToolCallDelta::new(number);
                delta.arguments = piece;
                delta
            });
            std::iter::once(head).chain(pieces).map(StreamEvent::ToolCallDelta)
        }));
    } else {
        let mut calls = ResponseAssembly::new();
        for fragment in fragments {
            let delta = calls.push_tool_call(fragment.clone())?;
            events.extend(delta.map(StreamEvent::ToolCallDelta));
        }
    }
    events.extend(reply.tool_calls.iter().cloned().map(StreamEvent::ToolCall));
    if reply.usage != Usage::default() {
        events.push(StreamEvent::Usage(reply.usage));
    }
    let whole = reply.clone().with_raw(RawBody::default());
    events.push(StreamEvent::Done(Box::new(whole)));
    Ok(events)
}

/// The first `count` events of a reply, at most all but its last.
pub(crate) fn first(mut events: Vec<StreamEvent>, count: usize) -> Vec<StreamEvent> {
    events.truncate(count.min(events.len().saturating_sub(1)));
    events
}

/// An error in place of the rest: it knows what these events have delivered.
pub(crate) fn breaking(
    reply: &LlmResponse,
    fragments: &[ToolCallFragment<'static>],
    events: &[StreamEvent],
    error: Error,
) -> Error {
    let error = error.with_partial(partial(reply, fragments, events));
    if events.is_empty() { error } else { error.with_retryable(false) }
}

/// Pieces of this number of characters, at least one; none of an empty text.
pub(crate) fn cut(text: &str, characters: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.char_indices().nth(characters.max(1)).map_or(rest.len(), |(at, _)| at);
        let (piece, others) = rest.split_at(end);
        rest = others;
        (!piece.is_empty()).then_some(piece)
    })
}

/// What these events of a reply amount to: texts, the calls that are whole, the counts.
fn partial(
    reply: &LlmResponse,
    fragments: &[ToolCallFragment<'static>],
    events: &[StreamEvent],
) -> LlmResponse {
    let mut partial = LlmResponse::default();
    if !events.is_empty() {
        partial.id.clone_from(&reply.id);
        partial.model.clone_from(&reply.model);
    }
    let mut calls = ResponseAssembly::new();
    let (mut given, mut fragments) = (0, fragments.iter());
    for event in events {
        match event {
            StreamEvent::Text(piece) => partial.content.push_str(piece),
            StreamEvent::Reasoning(piece) => {
                partial.reasoning.get_or_insert_default().push_str(piece);
            }
            StreamEvent::Refusal(piece) => {
                partial.refusal.get_or_insert_default().push_str(piece);
            }
            // What was given out is sound: it has been put together before. A delta does not show all
            // that its fragment held.
            StreamEvent::ToolCallDelta(delta) => {
                let pushed = |fragment: &ToolCallFragment<'static>| {
                    matches!(calls.push_tool_call(fragment.clone()), Ok(Some(_)))
                };
                if !fragments.any(pushed) {
                    let _ = calls.push_tool_call(again(delta));
                }
            }
            StreamEvent::ToolCall(_) => given += 1,
            StreamEvent::Usage(usage) => partial.usage = *usage,
            _ => {}
        }
    }
    let of_reply = |id: &str| reply.tool_calls.iter().find(|call| call.id == id).cloned();
    partial.tool_calls = if given == 0 {
        let whole = calls.partial().tool_calls.into_iter();
        let whole = whole.map(|call| of_reply(&call.id).unwrap_or(call));
        // Of free text it is never known before the end that nothing is missing.
        whole.filter(|call| !call.arguments.is_free_text()).collect()
    } else {
        // All pieces have come.
        let calls = reply.tool_calls.iter().enumerate();
        let whole = calls.filter(|(number, call)| *number < given || is_object(call));
        whole.map(|(_, call)| call.clone()).collect()
    };
    partial
}

/// A delta as the fragment that made it.
fn again(delta: &ToolCallDelta) -> ToolCallFragment<'static> {
    let mut fragment = ToolCallFragment::new().with_arguments(delta.arguments.clone());
    fragment.index = u64::try_from(delta.call).ok();
    fragment.id = delta.id.clone().map(Into::into);
    fragment.name = delta.name.clone().map(Into::into);
    fragment
}

fn is_object(call: &ToolCall) -> bool {
    !call.arguments.is_free_text() && call.arguments.is_valid()
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
