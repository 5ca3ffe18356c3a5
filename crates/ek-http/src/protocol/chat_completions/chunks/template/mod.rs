//! The short way for a chunk that says what the one before it said, with another text.
//!
//! Nearly all chunks of a stream are such: id, model, index and all the rest are the same bytes each
//! time. What the tolerant reader has made of one of them is remembered with a slot where the text
//! stood; a chunk that fits around the slot needs no second reading. A chunk that does not, or whose
//! text holds anything out of the ordinary, goes the long way: the outcome is the same by
//! construction, and `properties` holds it to that.

#[cfg(test)]
mod properties;
mod take;
mod variable;

use crate::json::{string, write};
use crate::protocol::chat_completions::reply::Envelope;
pub(crate) use variable::VariableKind;

/// A chunk with a slot where its text was.
#[derive(Debug, Default)]
pub(crate) struct ChunkTemplate {
    /// What the text is; `None` before any chunk was learned.
    kind: Option<VariableKind>,
    /// The chunk without its text, and without the padding behind that, if there is some. Before it and
    /// behind it stands what makes an event of it, if it came in an event of one line.
    ///
    /// In one piece, since it is compared for each token of what may be thousands of streams.
    bytes: Vec<u8>,
    /// Where the text belongs, and where the padding does.
    text: usize,
    padding: Option<usize>,
    frame: Frame,
    retained: usize,
    /// For tests of the long way.
    #[cfg(any(test, fuzzing))]
    pub(crate) switched_off: bool,
}

/// How many bytes of an event stand before its data and behind it: none, if the chunk did not come in
/// an event of one line.
#[derive(Debug, Clone, Copy, Default)]
struct Frame {
    before: usize,
    behind: usize,
}

/// The text of a chunk that fits: the JSON between its quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlotText<'a> {
    pub(crate) json: &'a str,
    /// There are escapes in it, all of them simple ones.
    pub(crate) escaped: bool,
}

impl SlotText<'_> {
    /// The text. `high` is as for the decoder of JSON strings, which is called where it matters.
    pub(crate) fn decode(self, high: &mut Option<u16>) -> String {
        if !self.escaped && high.is_none() {
            return self.json.to_owned();
        }
        let mut text = String::new();
        string::decode_characters_onto(self.json, &mut text, high);
        text
    }
}

impl ChunkTemplate {
    /// What the text is to the reply; `None` before any chunk was learned.
    pub(crate) fn kind(&self) -> Option<&VariableKind> {
        self.kind.as_ref()
    }

    /// What counts as kept of a chunk besides its text, in bytes.
    pub(crate) fn retained(&self) -> usize {
        self.retained
    }

    /// The text of a chunk that differs from the one that was learned in nothing else.
    pub(crate) fn piece_of<'a>(&self, data: &'a [u8]) -> Option<SlotText<'a>> {
        self.kind.as_ref()?;
        let Frame { before, behind } = self.frame;
        let (piece, rest) = self.fit(data, before, self.bytes.len() - behind)?;
        rest.is_empty().then_some(piece)
    }

    /// The same of a whole event, by which the bytes begin: its text, and its length with and without
    /// what makes an event of the data.
    pub(crate) fn event_of<'a>(&self, bytes: &'a [u8]) -> Option<(SlotText<'a>, usize, usize)> {
        let Frame { before, behind } = self.frame;
        if behind == 0 {
            return None;
        }
        let (piece, rest) = self.fit(bytes, 0, self.bytes.len())?;
        let event = bytes.len() - rest.len();
        Some((piece, event, event - before - behind))
    }

    /// The text within what was learned from here to there, and what follows that.
    #[inline]
    fn fit<'a>(&self, bytes: &'a [u8], from: usize, to: usize) -> Option<(SlotText<'a>, &'a [u8])> {
        let head = self.bytes.get(from..self.text)?;
        let (piece, mut rest) = string(bytes.strip_prefix(head)?)?;
        let mut end = self.bytes.get(self.text..to)?;
        if let Some(padding) = self.padding {
            let (before, behind) = end.split_at_checked(padding - self.text)?;
            rest = string(rest.strip_prefix(before)?)?.1;
            end = behind;
        }
        Some((piece, rest.strip_prefix(end)?))
    }

    /// Forgets the chunk that was learned.
    pub(crate) fn forget(&mut self) {
        self.kind = None;
        self.frame = Frame::default();
    }

    /// Remembers a chunk that has been taken, and the event that it was.
    pub(crate) fn learn(&mut self, learned: LearnedChunk<'_>, one_line: Option<(&[u8], usize)>) {
        #[cfg(any(test, fuzzing))]
        if self.switched_off {
            return;
        }
        let (event, start) = one_line.unwrap_or_default();
        let (before, behind) = match one_line {
            Some(_) => (&event[..start], &event[start + learned.length..]),
            None => (event, event),
        };
        self.frame = Frame { before: before.len(), behind: behind.len() };
        self.kind = Some(learned.kind);
        self.retained = learned.retained;
        self.bytes.clear();
        self.bytes.extend_from_slice(before);
        self.bytes.extend_from_slice(learned.head);
        self.text = self.bytes.len();
        self.bytes.extend_from_slice(learned.tail);
        self.padding = learned.padded.then_some(self.bytes.len());
        self.bytes.extend_from_slice(learned.end);
        self.bytes.extend_from_slice(behind);
    }
}

/// A chunk taken apart.
#[derive(Debug)]
pub(crate) struct LearnedChunk<'a> {
    kind: VariableKind,
    head: &'a [u8],
    tail: &'a [u8],
    padded: bool,
    end: &'a [u8],
    retained: usize,
    /// Of all of it.
    length: usize,
}

impl<'a> LearnedChunk<'a> {
    /// Takes a chunk apart that was read from this data, if there is one text in it and nothing else
    /// that another chunk would have to be read for.
    pub(crate) fn of(chunk: &Envelope<'a>, data: &'a [u8]) -> Option<Self> {
        let variable = chunk.variable()?;
        let (start, stop) = inside(variable.json, data)?;
        let (head, rest) = (&data[..start], &data[stop..]);
        let (tail, end) = match chunk.padding() {
            None => (rest, &rest[rest.len()..]),
            Some(padding) => {
                let (start, stop) = inside(padding, data)?;
                // No server is known that pads before the text.
                (data.get(head.len() + variable.json.len() - 2..start)?, &data[stop..])
            }
        };
        let padded = chunk.padding().is_some();
        let (kind, retained, length) = (variable.kind, variable.retained, data.len());
        Some(Self { kind, head, tail, padded, end, retained, length })
    }
}

/// Where the characters of a JSON string lie in the data that it is a part of.
fn inside(json: &str, data: &[u8]) -> Option<(usize, usize)> {
    let start = (json.as_ptr() as usize).checked_sub(data.as_ptr() as usize)? + 1;
    let stop = start.checked_add(json.len().checked_sub(2)?)?;
    (data.get(start - 1) == Some(&b'"') && data.get(stop) == Some(&b'"')).then_some((start, stop))
}

/// The characters up to the quote that ends the string, and the quote with all that follows.
///
/// `None` for what the parser would refuse, and for `\u`, whose halves are the tolerant reader's.
#[inline]
fn string(text: &[u8]) -> Option<(SlotText<'_>, &[u8])> {
    let (mut at, mut escaped) = (0, false);
    loop {
        at = write::first_to_escape(text, at)?;
        match text[at..] {
            [b'"', ..] => break,
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => {
                escaped = true;
                at += 2;
            }
            _ => return None,
        }
    }
    let (string, rest) = text.split_at(at);
    Some((SlotText { json: std::str::from_utf8(string).ok()?, escaped }, rest))
}
