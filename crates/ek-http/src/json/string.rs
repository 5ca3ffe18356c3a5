//! JSON strings, decoded straight into the text they are for.
//!
//! serde_json's own reader refuses a lone surrogate and goes through a buffer of its own where there
//! are escapes. Texts of replies are too many and too precious for either.

use std::borrow::Cow;

use memchr::memchr;

use crate::json::write;

/// Decodes a JSON string (with its quotes) onto the end of `out`.
///
/// `high` holds the first half of a surrogate pair from the string before, and is left with one that
/// this string ends in: streams cut texts anywhere. Any other lone half becomes U+FFFD.
pub(crate) fn decode_onto(json: &str, out: &mut String, high: &mut Option<u16>) {
    let rest = json.strip_prefix('"').unwrap_or(json);
    decode_characters_onto(rest.strip_suffix('"').unwrap_or(rest), out, high);
}

/// The same of what stands between the quotes.
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

/// Takes a plain piece and the escape behind it. Tells where the next plain piece begins, and where to
/// look on.
#[inline]
fn take(
    text: &str,
    plain: usize,
    at: usize,
    out: &mut String,
    high: &mut Option<u16>,
) -> (usize, usize) {
    push(&text[plain..at], out, high);
    // What stands for itself opens the next plain piece.
    if let Some(b'"' | b'\\' | b'/') = text.as_bytes().get(at + 1) {
        return (at + 1, at + 2);
    }
    let rest = text.len() - escape(&text[at..], out, high).len();
    (rest, rest)
}

/// What a string says, decoded while it is looked through for its end.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// The first half of a pair at its end.
    pub(crate) high: Option<u16>,
    /// Up to where the document has been taken.
    plain: usize,
}

impl Decoded {
    /// For a string whose characters begin there in the document.
    pub(crate) fn from(document: &str, start: usize) -> Self {
        /// A long text may grow further; one that ends soon need not hold the room of a long one.
        const MAX_BYTES: usize = 64 * 1024;
        let room = (document.len() - start).min(MAX_BYTES);
        Self { text: String::with_capacity(room), high: None, plain: start }
    }

    /// Takes all up to the escape there, and that.
    pub(crate) fn escape(&mut self, document: &str, at: usize) {
        (self.plain, _) = take(document, self.plain, at, &mut self.text, &mut self.high);
    }

    /// Takes the rest up to the end of the string.
    pub(crate) fn end(&mut self, document: &str, end: usize) {
        push(&document[self.plain..end], &mut self.text, &mut self.high);
        if self.text.capacity() > 2 * self.text.len() {
            self.text.shrink_to_fit();
        }
    }
}

/// The first backslash: a near one is found without a call, arguments of tools are full of them.
#[inline]
fn backslash(bytes: &[u8]) -> Option<usize> {
    const NEAR: usize = 2;
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

/// What a JSON string says, borrowed where nothing in it is escaped.
pub(crate) fn read(json: &str) -> Cow<'_, str> {
    match json.get(1..json.len().saturating_sub(1)) {
        Some(inside) if backslash(inside.as_bytes()).is_none() => Cow::Borrowed(inside),
        _ => Cow::Owned(decode(json)),
    }
}

/// Decodes a JSON string by itself.
pub(crate) fn decode(json: &str) -> String {
    let (mut out, mut high) = (String::new(), None);
    decode_onto(json, &mut out, &mut high);
    flush(&mut out, &mut high);
    out
}

/// Decodes what stands between the quotes by itself.
pub(crate) fn decode_characters(text: &str) -> String {
    let (mut out, mut high) = (String::new(), None);
    decode_characters_onto(text, &mut out, &mut high);
    flush(&mut out, &mut high);
    out
}

/// Gives up waiting for the second half of a pair.
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

/// Decodes the escape at the head of `text` and returns what follows it.
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
                push(&text[..2], out, high); // the document was checked: not reached
                return &text[2..];
            };
            push_unit(unit, out, high);
            return &text[6..];
        }
        // Anything that no document may hold stands for itself.
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

/// Takes one UTF-16 code unit.
fn push_unit(unit: u16, out: &mut String, high: &mut Option<u16>) {
    match (high.take(), unit) {
        (Some(first), 0xdc00..=0xdfff) => {
            let pair = char::decode_utf16([first, unit]).next();
            out.push(pair.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        (waiting, _) => {
            if waiting.is_some() {
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
    fn strings_decode_as_serde_json_decodes_them() {
        for json in [
            r#""""#,
            r#""plain""#,
            r#""a\nb\t\r\b\f\"\\\/""#,
            r#""\u00e9 \u2028 \ud83e\udda6 🦦""#,
            r#""\\u00e9""#,
            r#""ends \\""#,
        ] {
            let expected: String = serde_json::from_str(json).expect(json);
            assert_eq!(decode(json), expected, "{json}");
        }
    }

    #[test]
    fn lone_halves_become_replacement_characters() {
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
    fn a_pair_cut_between_two_strings_is_joined() {
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
