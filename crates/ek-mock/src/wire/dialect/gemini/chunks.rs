//! The chunks of a streamed reply, each a whole answer with the next parts; the last one says why the model
//! stopped.
//!
//! The API sends a call whole. A script counts its pieces as in every protocol: the call comes with its last
//! one, and the others are empty texts.

use ek_core::LlmResponse;

use super::super::{Call, Streamed};
use super::answer::{chunk, end};
use super::parts::{Native, of_call, plain_text, signed_end, text};
use crate::reply::pieces::cut;
use crate::wire::dialect::object::Part;
use crate::wire::dialect::{json, pieces};
use crate::wire::frames::Frames;

/// The frames of a reply.
pub(super) fn frames(streamed: Streamed<'_>, call: Call<'_>) -> Frames {
    let Streamed { whole, characters, .. } = streamed;
    let texts = |said: &str, thought| -> Vec<Vec<u8>> {
        cut(said, characters).map(|cut| piece(whole, call, &[text(cut, thought)])).collect()
    };
    let mut frames = Vec::new();
    let mut native = Native::of(whole);
    let last = match &mut native {
        Some(native) => native.parts.take().map(|parts| {
            for part in parts {
                match plain_text(part) {
                    Some((said, thought)) => frames.extend(texts(&said, thought)),
                    None => frames.push(piece(whole, call, &[Part::Native(part)])),
                }
            }
            vec![text("", false)]
        }),
        None => {
            frames.extend(texts(whole.reasoning.as_deref().unwrap_or_default(), true));
            frames.extend(texts(&whole.content, false));
            frames.extend(calls(streamed).into_iter().map(|parts| piece(whole, call, &parts)));
            Some(vec![signed_end(whole).unwrap_or_else(|| text("", false))])
        }
    };
    let last = json::bytes(&end(whole, call, last.as_deref(), native));
    let last = call.form.last(&last, frames.is_empty());
    let frames = frames.iter().enumerate();
    Frames::new(frames.map(|(at, json)| call.form.frame(json, at == 0)).collect(), vec![last])
}

fn piece(whole: &LlmResponse, call: Call<'_>, parts: &[Part<'_>]) -> Vec<u8> {
    json::bytes(&chunk(whole, call, parts))
}

/// The parts that come with each piece of a call: calls in their order, each when all of it has come.
fn calls(streamed: Streamed<'_>) -> Vec<Vec<Part<'static>>> {
    let calls = &streamed.whole.tool_calls;
    let mut has_come = vec![false; calls.len()];
    let mut sent = 0;
    let pieces = pieces::of_calls(streamed).into_iter().map(|piece| {
        if let Some(has_come) = has_come.get_mut(piece.place) {
            *has_come |= piece.is_last;
        }
        let mut parts = Vec::new();
        while has_come.get(sent) == Some(&true) {
            parts.push(of_call(streamed.whole, &calls[sent], sent));
            sent += 1;
        }
        if parts.is_empty() {
            parts.push(text("", false));
        }
        parts
    });
    pieces.collect()
}
