//! The short way for a chunk that says what the one before it said, with another text.
//!
//! Nearly all chunks of a stream are such: id, model, index and all the rest are the same bytes each
//! time. What the tolerant reader has made of one of them is remembered with a hole where the text
//! stood; a chunk that fits around the hole needs no second reading. A chunk that does not, or whose
//! text holds anything out of the ordinary, goes the long way: the outcome is the same by
//! construction, and `properties` holds it to that.

#[cfg(test)]
mod properties;

use crate::reply::{Envelope, VaryingKind, json_string};

/// A chunk with a hole where its text was.
#[derive(Debug, Default)]
pub(super) struct Repeat {
    /// What the text is; `None` before any chunk was learned.
    kind: Option<VaryingKind>,
    /// Up to the opening quote of the text, and from its closing quote on.
    head: Vec<u8>,
    tail: Vec<u8>,
    /// There is padding after the text: the tail ends at its opening quote, and this is what follows.
    padded: bool,
    end: Vec<u8>,
    kept: usize,
    /// For tests of the long way.
    #[cfg(any(test, fuzzing))]
    pub(super) switched_off: bool,
}

/// The text of a chunk that fits: the JSON between its quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) json: &'a str,
    /// There are escapes in it, all of them simple ones.
    pub(super) escaped: bool,
}

impl Piece<'_> {
    /// The text. `high` is as for the decoder of JSON strings, which is called where it matters.
    pub(super) fn decode(self, high: &mut Option<u16>) -> String {
        if !self.escaped && high.is_none() {
            return self.json.to_owned();
        }
        let mut text = String::new();
        json_string::decode_characters_onto(self.json, &mut text, high);
        text
    }
}

impl Repeat {
    /// What the text is to the reply; `None` before any chunk was learned.
    pub(super) fn kind(&self) -> Option<&VaryingKind> {
        self.kind.as_ref()
    }

    /// What counts as kept of a chunk besides its text, in bytes.
    pub(super) fn kept(&self) -> usize {
        self.kept
    }

    /// The text of a chunk that differs from the one that was learned in nothing else.
    pub(super) fn piece_of<'a>(&self, data: &'a [u8]) -> Option<Piece<'a>> {
        self.kind.as_ref()?;
        let (piece, rest) = string(data.strip_prefix(self.head.as_slice())?)?;
        let rest = rest.strip_prefix(self.tail.as_slice())?;
        let rest = if self.padded { string(rest)?.1 } else { rest };
        (rest == self.end).then_some(piece)
    }

    /// Remembers a chunk that has been taken.
    pub(super) fn learn(&mut self, learned: Learned<'_>) {
        #[cfg(any(test, fuzzing))]
        if self.switched_off {
            return;
        }
        self.kind = Some(learned.kind);
        self.padded = learned.padded;
        self.kept = learned.kept;
        let parts = [(&mut self.head, learned.head), (&mut self.tail, learned.tail)];
        for (kept, bytes) in parts.into_iter().chain([(&mut self.end, learned.end)]) {
            kept.clear();
            kept.extend_from_slice(bytes);
        }
    }
}

/// A chunk taken apart.
#[derive(Debug)]
pub(super) struct Learned<'a> {
    kind: VaryingKind,
    head: &'a [u8],
    tail: &'a [u8],
    padded: bool,
    end: &'a [u8],
    kept: usize,
}

impl<'a> Learned<'a> {
    /// Takes a chunk apart that was read from this data, if there is one text in it and nothing else
    /// that another chunk would have to be read for.
    pub(super) fn of(chunk: &Envelope<'a>, data: &'a [u8]) -> Option<Self> {
        let varying = chunk.varying()?;
        let (start, stop) = inside(varying.json, data)?;
        let (head, rest) = (&data[..start], &data[stop..]);
        let (tail, end) = match chunk.padding() {
            None => (rest, &rest[rest.len()..]),
            Some(padding) => {
                let (start, stop) = inside(padding, data)?;
                // No server is known that pads before the text.
                (data.get(head.len() + varying.json.len() - 2..start)?, &data[stop..])
            }
        };
        let padded = chunk.padding().is_some();
        Some(Self { kind: varying.kind, head, tail, padded, end, kept: varying.kept })
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
fn string(text: &[u8]) -> Option<(Piece<'_>, &[u8])> {
    let (mut at, mut escaped) = (0, false);
    loop {
        match *text.get(at)? {
            b'"' => break,
            b'\\' => {
                escaped = true;
                let simple = b"\"\\/bfnrt".contains(text.get(at + 1)?);
                at += if simple { 2 } else { return None };
            }
            0..=0x1f => return None,
            _ => at += 1,
        }
    }
    let (string, rest) = text.split_at(at);
    Some((Piece { json: std::str::from_utf8(string).ok()?, escaped }, rest))
}
