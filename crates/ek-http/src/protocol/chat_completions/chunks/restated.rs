//! Deltas that restate the text: some servers send all of it so far with each chunk.
//!
//! They stand apart because they are rare, and because the first one tells nothing: a text may well begin
//! with the same piece twice. It is held back, and the next delta decides, or else its length: other
//! servers restate the text once, at the end.

use ek_core::{LlmResponse, StreamEvent};

use super::{Chunks, Events, Part};

/// No text begins twice with a piece of this length, in bytes, and ends with that.
const PLAIN: usize = 64;

/// What is known of deltas that restate a part of the reply.
#[derive(Debug)]
pub(super) struct Restated {
    part: Part,
    /// The first delta that began with all before it. `None` once the next one did so too.
    held: Option<String>,
}

impl Chunks {
    fn so_far(&self, part: Part) -> &str {
        match part {
            Part::Text => self.main.content(),
            Part::Reasoning => self.main.reasoning(),
        }
    }

    /// What a delta adds to a part of the reply: all of it, as a rule. `None` if that is nothing yet.
    pub(super) fn added(&mut self, part: Part, piece: String, out: &mut Events) -> Option<String> {
        let so_far = self.so_far(part);
        // Of most deltas the length alone tells it.
        let restates = piece.len() >= so_far.len() && begins_with(&piece, so_far);
        if self.restated.is_none() && !restates {
            Some(piece)
        } else {
            self.restate(part, piece, out)
        }
    }

    #[cold]
    fn restate(&mut self, part: Part, piece: String, out: &mut Events) -> Option<String> {
        if self.restated.as_ref().is_some_and(|known| known.part != part) {
            self.release(out);
        }
        let known = self.restated.take();
        let so_far = self.so_far(part);
        let held = match known.map(|known| known.held) {
            None if begins_with(&piece, so_far)
                && (piece.len() > so_far.len() || so_far.len() >= PLAIN) =>
            {
                Some(piece)
            }
            Some(Some(mut held)) if piece.len() <= held.len() || !piece.starts_with(&held) => {
                held.push_str(&piece);
                return Some(held);
            }
            Some(_) if begins_with(&piece, so_far) => {
                let added = piece[so_far.len()..].to_owned();
                self.held -= so_far.len().min(self.held);
                self.restated = Some(Box::new(Restated { part, held: None }));
                return Some(added).filter(|added| !added.is_empty());
            }
            _ => return Some(piece),
        };
        self.restated = Some(Box::new(Restated { part, held }));
        None
    }

    /// Gives out what is held back at the end of the text.
    pub(super) fn release_rest(&mut self, out: &mut Events) {
        let Some(known) = self.restated.as_deref() else { return };
        let known_bytes = self.so_far(known.part).len();
        if known_bytes >= PLAIN
            && let Some(held) = self.restated.as_deref_mut().and_then(|known| known.held.as_mut())
        {
            held.drain(..known_bytes);
        }
        self.release(out);
    }

    /// The reply so far, with what is held back.
    pub(super) fn partial_reply(&self) -> LlmResponse {
        let mut partial = self.main.partial();
        match self.restated.as_deref() {
            Some(Restated { part: Part::Text, held: Some(piece) }) => {
                partial.content.push_str(piece);
            }
            Some(Restated { part: Part::Reasoning, held: Some(piece) }) => {
                partial.reasoning.get_or_insert_default().push_str(piece);
            }
            _ => {}
        }
        partial
    }

    /// Gives out what is held back: nothing restated it.
    #[cold]
    pub(super) fn release(&mut self, out: &mut Events) {
        let Some(Restated { part, held }) = self.restated.take().map(|known| *known) else {
            return;
        };
        match (part, held.filter(|piece| !piece.is_empty())) {
            (Part::Text, Some(piece)) => {
                self.main.push_text(&piece);
                out.push_back(StreamEvent::Text(piece));
            }
            (Part::Reasoning, Some(piece)) => {
                let event = self.reasoning(piece);
                out.push_back(event);
            }
            (_, None) => {}
        }
    }
}

fn begins_with(piece: &str, so_far: &str) -> bool {
    !so_far.is_empty() && piece.starts_with(so_far)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::protocol::{Caps, ChunkReader, ReadOptions};
    use crate::sse::SseDecoder;

    /// What a stream of these deltas gives, and the reader.
    fn taken(deltas: impl IntoIterator<Item = Value>, end: &str) -> (Events, Chunks) {
        let caps = Caps { event: 1 << 20, document: 1 << 20 };
        let options = ReadOptions { one_choice: true, split_think_tags: false };
        let mut chunks = Chunks::new(options, caps);
        let mut decoder = SseDecoder::new(1 << 20);
        let chunk = |delta| format!("data: {{\"choices\":[{{\"delta\":{delta}}}]}}\n\n");
        let text: String = deltas.into_iter().map(chunk).collect();
        decoder.feed([&*text, end].concat().into());
        let mut out = Events::new();
        while let Some(event) = decoder.next().expect("below the cap") {
            let _ = chunks.take(&event, &mut out);
        }
        (out, chunks)
    }

    /// The text events of a stream of these deltas, and the text of the reply.
    fn read(deltas: &[&str], key: &str) -> (Vec<String>, String) {
        let deltas = deltas.iter().map(|text| json!({ key: text }));
        let (out, _) = taken(deltas, "data: [DONE]\n\n");
        let mut shown = Vec::new();
        for event in out {
            match event {
                StreamEvent::Text(piece) | StreamEvent::Reasoning(piece) => shown.push(piece),
                StreamEvent::Done(reply) => {
                    let reasoning = reply.reasoning.as_deref().unwrap_or_default();
                    return (shown, [&*reply.content, reasoning].concat());
                }
                _ => {}
            }
        }
        panic!("the stream has no end");
    }

    #[test]
    fn only_what_is_new_is_shown_of_deltas_that_restate_the_text() {
        for key in ["content", "reasoning_content"] {
            let whole = "The tide turns at six.";
            let restated = ["The", "The tide", "The tide turns", "The tide turns", whole];
            let (shown, text) = read(&restated, key);
            assert_eq!(shown, ["The", " tide turns", " at six."], "{key}");
            assert_eq!(text, whole, "{key}");
        }
    }

    #[test]
    fn a_text_that_only_begins_like_that_is_kept_as_it_came() {
        for deltas in [
            &["a", "and so on, ", "and so on, ", "and so forth"][..],
            &["ha", "haha", "ha", "!"],
            &["ha", "ha", "ha"],
            &["-", "--", " item"],
            &["Row, row. ", "Row, row. Gently."],
            &["1", "10"],
        ] {
            let (shown, text) = read(deltas, "content");
            assert_eq!(text, deltas.concat());
            assert_eq!(shown.concat(), text);
        }
    }

    #[test]
    fn a_long_text_that_is_restated_once_at_the_end_is_shown_once() {
        let (first, second) =
            ("The tide at Oslo turns at six, ", "and again at noon on every Sunday.");
        let whole = [first, second].concat();
        for end in ["", " [1]"] {
            let last = [&*whole, end].concat();
            let (shown, text) = read(&[first, second, &last], "content");
            assert_eq!(text, last);
            assert_eq!(shown.concat(), text);
        }
        // The same words again, and then more.
        let (_, text) = read(&[&whole, &whole, " So it is."], "content");
        assert_eq!(text, [&*whole, &whole, " So it is."].concat());
    }

    #[test]
    fn increments_behind_restated_deltas_are_added_as_they_are() {
        let (_, text) = read(&["a", "ab", "abc", "d", "e"], "content");
        assert_eq!(text, "abcde");
    }

    #[test]
    fn what_is_held_back_is_shown_before_anything_else_and_is_in_the_partial_reply() {
        let texts = || [json!({"content": "a"}), json!({"content": "ab"})];
        let (out, chunks) = taken(texts(), "");
        assert_eq!((out.len(), &*chunks.partial().content), (1, "aab"));

        let call = json!({"tool_calls": [{"index": 0, "function": {"name": "tide"}}]});
        for (last, shown) in
            [(call, 3), (json!({"refusal": "no"}), 3), (json!({"reasoning": "r"}), 3)]
        {
            let (out, _) = taken(texts().into_iter().chain([last]), "");
            assert_eq!(out.len(), shown);
            assert!(matches!(&out[1], StreamEvent::Text(piece) if piece == "ab"), "{out:?}");
        }
        let (out, chunks) = taken(texts(), "data: {\"error\":{\"message\":\"m\"}}\n\n");
        assert_eq!((out.len(), &*chunks.partial().content), (2, "aab"));
    }
}
