//! Decodes JSON strings directly into their destination.
//!
//! serde_json refuses a lone surrogate, which would lose a reply, and it copies a string with escapes
//! through a buffer of its own, which costs time for each text.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use crate::json::write;

/// Appends a decoded JSON string (with its quotes) to `out`.
///
/// Streams split texts anywhere, also within a surrogate pair. `high` is the first half of a pair that the
/// previous string ended in, and becomes the one that this string ends in. Another lone half becomes
/// U+FFFD.
pub(crate) fn decode_onto(json: &str, out: &mut String, high: &mut Option<u16>) {
    decode_characters_onto(unquoted(json), out, high);
}

fn unquoted(json: &str) -> &str {
    let rest = json.strip_prefix('"').unwrap_or(json);
    rest.strip_suffix('"').unwrap_or(rest)
}

/// As [`decode_onto`], for the characters between the quotes.
pub(crate) fn decode_characters_onto(text: &str, out: &mut String, high: &mut Option<u16>) {
    if out.capacity() == 0 {
        *out = String::with_capacity(text.len());
    } else {
        out.reserve(text.len());
    }
    let (mut plain, mut at) = (0, 0);
    while let Some(found) = backslash(&text.as_bytes()[at..]) {
        at += found;
        (plain, at) = take(text, plain, at, out, high);
    }
    push(&text[plain..], out, high);
}

/// Appends a plain piece and the escape behind it. Returns where the next plain piece begins, and from
/// where to search on.
#[inline]
fn take(
    text: &str,
    plain: usize,
    at: usize,
    out: &mut String,
    high: &mut Option<u16>,
) -> (usize, usize) {
    push(&text[plain..at], out, high);
    // These escapes stand for their second character, which begins the next plain piece.
    if let Some(b'"' | b'\\' | b'/') = text.as_bytes().get(at + 1) {
        return (at + 1, at + 2);
    }
    let rest = text.len() - escape(&text[at..], out, high).len();
    (rest, rest)
}

/// A string that is decoded during the search for its end.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// The first half of a surrogate pair at its end.
    pub(crate) high: Option<u16>,
    /// Up to where the document is decoded.
    plain: usize,
}

impl Decoded {
    /// For a string whose characters begin at `start` in the document.
    pub(crate) fn from(document: &str, start: usize) -> Self {
        /// The first capacity. A longer text grows further.
        const MAX_BYTES: usize = 64 * 1024;
        let room = (document.len() - start).min(MAX_BYTES);
        Self { text: String::with_capacity(room), high: None, plain: start }
    }

    /// Decodes up to the escape at `at`, and the escape.
    pub(crate) fn escape(&mut self, document: &str, at: usize) {
        (self.plain, _) = take(document, self.plain, at, &mut self.text, &mut self.high);
    }

    /// Decodes the rest of the string.
    pub(crate) fn end(&mut self, document: &str, end: usize) {
        push(&document[self.plain..end], &mut self.text, &mut self.high);
        fit(&mut self.text);
    }
}

/// Gives back the room of a text that fills less than half of it.
fn fit(text: &mut String) {
    if text.capacity() > 2 * text.len() {
        text.shrink_to_fit();
    }
}

/// The first backslash. A near one is found without a call, because arguments of tools have many.
#[inline]
fn backslash(bytes: &[u8]) -> Option<usize> {
    const NEAR: usize = 4;
    let (words, _) = bytes.as_chunks();
    for (at, word) in words.iter().take(NEAR).enumerate() {
        let hits = write::equal_to(b'\\', u64::from_le_bytes(*word));
        if hits != 0 {
            return Some(at * 8 + hits.trailing_zeros() as usize / 8);
        }
    }
    let near = words.len().min(NEAR) * 8;
    memchr(b'\\', &bytes[near..]).map(|found| near + found)
}

/// The offset of the quote that ends a string, from behind its opening quote.
pub(crate) fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Decodes a JSON string, borrowed if it has no escapes.
pub(crate) fn read(json: &str) -> Cow<'_, str> {
    match json.get(1..json.len().saturating_sub(1)) {
        Some(inside) if backslash(inside.as_bytes()).is_none() => Cow::Borrowed(inside),
        _ => Cow::Owned(decode(json)),
    }
}

/// Decodes a whole JSON string.
pub(crate) fn decode(json: &str) -> String {
    decode_characters(unquoted(json))
}

/// Decodes the characters between the quotes of a whole string.
pub(crate) fn decode_characters(text: &str) -> String {
    // What is decoded is never longer.
    let (mut out, mut high) = (String::with_capacity(text.len()), None);
    decode_characters_onto(text, &mut out, &mut high);
    flush(&mut out, &mut high);
    fit(&mut out);
    out
}

/// Replaces a first half of a pair whose second half does not follow.
pub(crate) fn flush(out: &mut String, high: &mut Option<u16>) {
    if high.take().is_some() {
        out.push(char::REPLACEMENT_CHARACTER);
    }
}

fn push(plain: &str, out: &mut String, high: &mut Option<u16>) {
    if !plain.is_empty() {
        flush(out, high);
        out.push_str(plain);
    }
}

/// Appends the escape at the beginning of `text`. Returns the rest.
fn escape<'a>(text: &'a str, out: &mut String, high: &mut Option<u16>) -> &'a str {
    let decoded = match text.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => {
            let unit = text.get(2..6).and_then(|hex| u16::from_str_radix(hex, 16).ok());
            let Some(unit) = unit else {
                push(&text[..2], out, high); // not reached: the document is valid
                return &text[2..];
            };
            push_unit(unit, out, high);
            return &text[6..];
        }
        // An invalid escape stands for its second character.
        Some(_) => {
            let mut characters = text[1..].chars();
            let itself = characters.next().unwrap_or_default();
            flush(out, high);
            out.push(itself);
            return characters.as_str();
        }
        None => return "",
    };
    flush(out, high);
    out.push(decoded);
    &text[2..]
}

/// Appends one UTF-16 code unit.
fn push_unit(unit: u16, out: &mut String, high: &mut Option<u16>) {
    match (high.take(), unit) {
        (Some(first), 0xdc00..=0xdfff) => {
            let pair = char::decode_utf16([first, unit]).next();
            out.push(pair.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        (pending, _) => {
            if pending.is_some() {
                out.push(char::REPLACEMENT_CHARACTER);
            }
            match unit {
                0xd800..=0xdbff => *high = Some(unit),
                _ => {
                    let itself = char::from_u32(u32::from(unit));
                    out.push(itself.unwrap_or(char::REPLACEMENT_CHARACTER));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_become_replacement_characters() {
        for (json, text) in [
            (r#""wave \ud83d""#, "wave \u{fffd}"),
            (r#""\ude00x""#, "\u{fffd}x"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
            (r#""\ud83dé""#, "\u{fffd}é"),
        ] {
            assert_eq!(decode(json), text, "{json}");
        }
    }

    #[test]
    fn a_pair_split_between_two_strings_is_joined() {
        let (mut out, mut high) = (String::new(), None);
        decode_onto(r#""hi \ud83d""#, &mut out, &mut high);
        assert_eq!(out, "hi ");
        decode_onto(r#""""#, &mut out, &mut high);
        decode_onto(r#""\ude00""#, &mut out, &mut high);
        assert_eq!((out.as_str(), high), ("hi 😀", None));
    }

    #[test]
    fn no_text_panics() {
        for text in ["\"\\", "\"\\u12\"", "\\u12é\"", "\"", "", "\"\\é\"", "\"\\uzzzz\""] {
            decode(text);
        }
    }
}
