//! Values that are known to be secret, and where they stand in a text: whole, in another form, or a good
//! piece of them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use ek_core::REDACTED;

use super::forms;

/// A shorter one would mask half the text.
const SHORTEST: usize = 4;

/// One that is shorter than this has to be a word of its own.
const SHORTEST_WITHIN_WORDS: usize = 8;

/// A piece of this length is taken for the whole, as ek-http does.
const PIECE: usize = 12;

/// More than this, in bytes, is not looked for: every text is taken to hold it.
const MOST: usize = 64 * 1024;

/// What is known. It has no `Debug`.
#[derive(Clone, Default)]
pub(super) struct Known {
    /// What is too short to have pieces.
    whole: Vec<Vec<u8>>,
    pieces: HashSet<[u8; PIECE]>,
    too_much: bool,
}

impl Known {
    pub(super) fn new(values: &[String]) -> Self {
        if values.iter().map(String::len).sum::<usize>() > MOST {
            return Self { too_much: true, ..Self::default() };
        }
        let mut known = Self::default();
        for value in values.iter().filter(|value| value.len() >= SHORTEST) {
            for form in forms::of(value) {
                if form.len() < PIECE {
                    known.whole.push(form.into_bytes());
                } else {
                    known.pieces.extend(form.as_bytes().windows(PIECE).filter_map(piece));
                }
            }
        }
        known
    }

    /// Whether any of it stands in this text.
    #[cfg(any(test, feature = "record"))]
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        self.too_much || self.found(text).next().is_some()
    }

    pub(super) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.too_much {
            return Cow::Borrowed(REDACTED);
        }
        let mut masked = String::new();
        let mut copied = 0;
        let mut found = self.found(text.as_bytes()).peekable();
        while let Some(mut one) = found.next() {
            while let Some(more) = found.next_if(|more| more.start <= one.end) {
                one.end = one.end.max(more.end);
            }
            let start = (copied..=one.start).rev().find(|at| text.is_char_boundary(*at));
            let end = (one.end..text.len()).find(|at| text.is_char_boundary(*at));
            masked.push_str(&text[copied..start.unwrap_or(copied)]);
            masked.push_str(REDACTED);
            copied = end.unwrap_or(text.len());
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        masked.push_str(&text[copied..]);
        Cow::Owned(masked)
    }

    /// Where it stands, by the beginnings. Pieces of one value overlap.
    fn found(&self, text: &[u8]) -> impl Iterator<Item = Range<usize>> {
        (0..text.len()).filter_map(|at| {
            let piece = text.get(at..at + PIECE).and_then(piece);
            if piece.is_some_and(|piece| self.pieces.contains(&piece)) {
                return Some(at..at + PIECE);
            }
            let mut whole = self.whole.iter().filter(|whole| stands_at(text, at, whole));
            let longest = whole.next().map(Vec::len)?;
            Some(at..at + whole.map(Vec::len).fold(longest, usize::max))
        })
    }
}

fn piece(bytes: &[u8]) -> Option<[u8; PIECE]> {
    bytes.try_into().ok()
}

fn stands_at(text: &[u8], at: usize, value: &[u8]) -> bool {
    let end = at + value.len();
    let part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
    text.get(at..end) == Some(value)
        && (value.len() >= SHORTEST_WITHIN_WORDS
            || !part(at.checked_sub(1).and_then(|before| text.get(before))) && !part(text.get(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "zq8Xw3Lm5Rt7Yb1Nc9Vd2Kf4Hj6Ps0Ga";

    fn masked(value: &str, text: &str) -> String {
        Known::new(&[value.to_owned()]).mask(text).into_owned()
    }

    #[test]
    fn the_whole_and_a_good_piece_are_masked() {
        for text in [KEY, &KEY[..12], &KEY[9..25]] {
            assert_eq!(masked(KEY, &format!("<{text}> ø")), "<[REDACTED]> ø");
        }
        let short = &KEY[..11];
        assert_eq!(masked(KEY, short), short);
        assert_eq!(masked(KEY, &format!("{KEY}{KEY} {KEY}")), "[REDACTED] [REDACTED]");
    }

    #[test]
    fn a_short_value_is_masked_where_it_is_a_word_of_its_own() {
        assert_eq!(masked("test", "the latest test: test."), "the latest [REDACTED]: [REDACTED].");
        assert_eq!(masked("kiln0key", "akiln0keyb"), "a[REDACTED]b");
        assert_eq!(masked("abc", "abc"), "abc");
    }

    #[test]
    fn a_value_that_is_no_ascii_is_masked_between_characters() {
        let value = "ключ-без-формы";
        assert_eq!(masked(value, &format!("ø{value}ø")), "ø[REDACTED]ø");
    }

    #[test]
    fn more_than_can_be_looked_for_is_taken_to_stand_everywhere() {
        let known = Known::new(&["k".repeat(MOST + 1)]);
        assert!(known.is_in(b"") && known.mask("anything") == REDACTED);
    }
}
