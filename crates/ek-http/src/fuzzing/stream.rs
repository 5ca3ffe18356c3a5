//! Streams under the fuzzer: the decoder alone, and the whole way from bytes to events.
//!
//! The input says itself how it is to be cut: its first byte is a number of lengths, the bytes that
//! follow are the lengths, and the rest is the body.

use crate::call::record::{End, Record, events};
use crate::protocol::chat_completions::ChatCompletions;
use crate::protocol::{Caps, Protocol, ReadOptions};

/// The decoder: any cut gives the same events, and none is larger than its cap.
///
/// # Panics
/// If it does not hold.
pub fn sse(input: &[u8]) {
    let (flags, pieces) = cut(input);
    let cap = cap(flags);
    let (found, too_large) = events(pieces.iter().copied(), cap);
    assert!(found.iter().all(|(data, _)| !data.is_empty() && data.len() <= cap));
    assert_eq!((found, too_large), events([pieces.concat().as_slice()], cap));
}

/// Chat completions from bytes to events: any cut gives the same outcome, the pieces are the reply, and
/// the fast path for chunks that repeat gives what the slow one gives.
///
/// # Panics
/// If it does not hold.
pub fn chunks(input: &[u8]) {
    let record = reader(&ChatCompletions, input);
    let (flags, _) = cut(input);
    if !options(flags).split_think_tags {
        record.assert_texts_are_the_reply();
    }
}

/// The same of Anthropic's Messages API.
///
/// # Panics
/// If it does not hold.
#[cfg(feature = "anthropic")]
pub fn anthropic(input: &[u8]) {
    reader(&crate::protocol::anthropic::Anthropic, input).assert_pieces_are_the_reply();
}

/// The same of OpenAI's Responses API.
///
/// # Panics
/// If it does not hold.
#[cfg(feature = "responses")]
pub fn responses(input: &[u8]) {
    let record = reader(&crate::protocol::responses::Responses, input);
    // The last event holds the whole reply once more, and what it says counts.
    if !matches!(record.end, End::Done(_)) {
        record.assert_texts_are_the_reply();
    }
}

/// The same of Google's Gemini API.
///
/// # Panics
/// If it does not hold.
#[cfg(feature = "gemini")]
pub fn gemini(input: &[u8]) {
    reader(&crate::protocol::gemini::Gemini, input).assert_pieces_are_the_reply();
}

/// Reads the input in its pieces, and checks that neither the cuts nor the fast path matter.
fn reader(protocol: &'static dyn Protocol, input: &[u8]) -> Record {
    let (flags, pieces) = cut(input);
    let options = options(flags);
    let caps = Caps { event: cap(flags), document: cap(flags) };
    let record = Record::of(protocol, pieces.iter().copied(), options, caps);
    if let End::Done(reply) = &record.end {
        assert_eq!(record.calls, reply.tool_calls.len());
    }
    assert_eq!(record, Record::of(protocol, [pieces.concat().as_slice()], options, caps));
    assert_eq!(record, Record::of_long_way(protocol, pieces.iter().copied(), options, caps));
    record
}

fn options(flags: u8) -> ReadOptions {
    ReadOptions { one_choice: flags & 1 == 0, split_think_tags: flags & 2 != 0 }
}

fn cap(flags: u8) -> usize {
    if flags & 4 == 0 { 1 << 20 } else { 100 }
}

/// The flags in the upper bits of the first byte, and the pieces of the body.
fn cut(input: &[u8]) -> (u8, Vec<&[u8]>) {
    let Some((first, rest)) = input.split_first() else { return (0, Vec::new()) };
    let (lengths, mut body) = rest.split_at(usize::from(first & 0x1f).min(rest.len()));
    let mut pieces = Vec::new();
    for length in lengths {
        let (piece, rest) = body.split_at(usize::from(*length).min(body.len()));
        pieces.push(piece);
        body = rest;
    }
    pieces.push(body);
    (first >> 5, pieces)
}
