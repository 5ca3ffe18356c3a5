//! Masks the values that a provider was configured with, whatever their shape.
//!
//! [`redact`](ek_core::redact()) knows credentials by their looks; an Azure key has none. What was
//! configured as a secret (key, header values, query values) is masked wherever it comes back: as it
//! is, percent-encoded, JSON-escaped, or a good piece of it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use ek_core::REDACTED;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// Shorter values (a flag, a version) are too common in plain text to be masked.
const MIN_SECRET_BYTES: usize = 8;

/// A piece of a secret of this length is taken for the secret.
const PIECE_BYTES: usize = 12;

/// Error texts are capped far below this; masking reads no more.
const MAX_TEXT_BYTES: usize = 16 * 1024;

#[derive(Clone, Default)]
pub(crate) struct Secrets {
    /// Those of the provider; every exchange has them.
    configured: Arc<[Zeroizing<String>]>,
    own: Vec<Zeroizing<String>>,
}

impl Secrets {
    /// A configured value that may be a credential: a header's, a query pair's.
    #[inline(never)]
    pub(crate) fn add(&mut self, value: &str) {
        // A value with a scheme (`Bearer x`) comes back without it, one given percent-encoded decoded.
        for word in value.split_ascii_whitespace() {
            self.keep(word, MIN_SECRET_BYTES);
            if let Cow::Owned(decoded) = percent_decode_str(word).decode_utf8_lossy() {
                self.keep(&decoded, MIN_SECRET_BYTES);
            }
        }
    }

    /// A key: masked however short it is, since nothing else can be meant by it. A short one is masked
    /// where it stands as a word of its own.
    pub(crate) fn add_key(&mut self, key: &str) {
        self.keep(key, 1);
    }

    #[inline(never)]
    fn keep(&mut self, value: &str, least: usize) {
        if value.len() >= least && !self.own.iter().any(|known| **known == value) {
            self.own.push(Zeroizing::new(value.to_owned()));
        }
    }

    /// The same, to be shared: what is added from now on is an exchange's own.
    pub(crate) fn configured(self) -> Self {
        Self {
            configured: self.configured.iter().cloned().chain(self.own).collect(),
            own: Vec::new(),
        }
    }

    /// The text with every secret masked, by shape and by value.
    pub(crate) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut end = text.len().min(MAX_TEXT_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mut masked = Cow::Borrowed(&text[..end]);
        for secret in self.configured.iter().chain(&self.own) {
            if let Cow::Owned(changed) = mask_value(&masked, secret) {
                masked = Cow::Owned(changed);
            }
        }
        match ek_core::redact(&masked) {
            Cow::Owned(changed) => Cow::Owned(changed),
            Cow::Borrowed(_) => masked,
        }
    }
}

/// One character of the text as it was meant, and how many bytes stand for it.
///
/// `%2D`, `\u002d`, `\/` and `\"` stand for one byte each; all else for itself.
fn decoded(text: &[u8]) -> Option<(u8, usize)> {
    let hex = |digits: &[u8]| {
        let digits = std::str::from_utf8(digits).ok()?;
        u8::from_str_radix(digits, 16).ok()
    };
    match text {
        [b'%', a, b, ..] => Some(hex(&[*a, *b]).map_or((b'%', 1), |byte| (byte, 3))),
        [b'\\', b'u', b'0', b'0', a, b, ..] => {
            Some(hex(&[*a, *b]).map_or((b'\\', 1), |byte| (byte, 6)))
        }
        [b'\\', escaped @ (b'/' | b'"' | b'\\'), ..] => Some((*escaped, 2)),
        [byte, ..] => Some((*byte, 1)),
        [] => None,
    }
}

/// Fills `window` with what the head of `text` stands for; tells how many bytes that took.
fn decode(text: &[u8], window: &mut [u8]) -> Option<usize> {
    let mut read = 0;
    for slot in window {
        let (byte, width) = decoded(&text[read..])?;
        *slot = byte;
        read += width;
    }
    Some(read)
}

/// Masks every good piece of the secret, for a server may echo its middle or its end. Linear in both:
/// keys that are signed tokens are long, and the text is the server's choice.
fn mask_value<'a>(text: &'a str, secret: &str) -> Cow<'a, str> {
    let (bytes, secret) = (text.as_bytes(), secret.as_bytes());
    let mut window = [0; PIECE_BYTES];
    let window = &mut window[..secret.len().min(PIECE_BYTES)];
    let pieces: HashSet<&[u8]> = secret.windows(window.len()).collect();

    let mut found: Vec<Range<usize>> = Vec::new();
    for at in 0..bytes.len() {
        let Some(read) = decode(&bytes[at..], window) else {
            continue; // an escape may still end in time
        };
        let short = secret.len() < MIN_SECRET_BYTES;
        if !pieces.contains(&*window) || (short && !is_word(bytes, at, at + read)) {
            continue;
        }
        match found.last_mut() {
            Some(last) if at <= last.end => last.end = last.end.max(at + read),
            _ => found.push(at..at + read),
        }
    }
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut kept = 0;
    for piece in found {
        let start = (kept..=piece.start).rev().find(|at| text.is_char_boundary(*at));
        let end = (piece.end..text.len()).find(|at| text.is_char_boundary(*at));
        out.push_str(&text[kept..start.unwrap_or(kept)]);
        out.push_str(REDACTED);
        kept = end.unwrap_or(text.len());
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// Whether what stands there is no part of a longer word.
fn is_word(text: &[u8], start: usize, end: usize) -> bool {
    let part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
    !part(start.checked_sub(1).and_then(|before| text.get(before))) && !part(text.get(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(secret: &str, text: &str) -> String {
        let mut secrets = Secrets::default();
        secrets.add(secret);
        secrets.mask(text).into_owned()
    }

    /// Scenario 83 of the fault list: a key without a shape of its own, echoed in any form.
    #[test]
    fn a_configured_value_is_masked_in_every_form() {
        let key = "0a1b2c3d+4e5f/6071-Zz";
        for echo in [
            "key 0a1b2c3d+4e5f/6071-Zz refused",
            "key 0a1b2c3d%2B4e5f%2F6071%2DZz refused",
            "key 0a1b2c3d+4e5f\\/6071-Zz refused",
            "key 0a1b2c3d\\u002b4e5f/6071-Zz refused",
            "key 0a1b2c3d+4e5f refused",
            "key 5f/6071-Zz refused",
        ] {
            let masked = mask(key, echo);
            assert!(masked.starts_with("key ") && masked.ends_with(" refused"), "{masked}");
            assert!(masked.contains(REDACTED) || echo.contains("key 5f"), "{echo}: {masked}");
            assert!(!masked.contains("4e5f/60") && !masked.contains("0a1b2c"), "{masked}");
        }
    }

    #[test]
    fn what_is_configured_is_masked_besides_what_an_exchange_adds() {
        let mut configured = Secrets::default();
        configured.add("0a1b2c3d4e5f");
        let configured = configured.configured();
        let mut of_exchange = configured.clone();
        of_exchange.add("f5e4d3c2b1a0");
        let text = "0a1b2c3d4e5f f5e4d3c2b1a0";
        assert_eq!(of_exchange.mask(text), "[REDACTED] [REDACTED]");
        assert_eq!(configured.mask(text), "[REDACTED] f5e4d3c2b1a0");
    }

    #[test]
    fn text_that_shares_little_with_a_secret_stays() {
        assert_eq!(mask("0a1b2c3d4e5f6071", "port 0a1b is open"), "port 0a1b is open");
        assert_eq!(mask("2024-10", "version 2024-10"), "version 2024-10");
    }

    #[test]
    fn a_value_with_a_scheme_is_masked_without_it_too() {
        assert_eq!(mask("Token abcdefghijkl", "bad abcdefghijkl"), "bad [REDACTED]");
    }

    #[test]
    fn a_short_key_is_masked_as_a_word_and_not_within_others() {
        let mut secrets = Secrets::default();
        secrets.add_key("s3c!t");
        secrets.add_key("abc");
        let masked = secrets.mask("invalid key s3c!t, abc; abcd and 1abc stay");
        assert_eq!(masked, "invalid key [REDACTED], [REDACTED]; abcd and 1abc stay");
    }

    #[test]
    fn text_outside_ascii_is_masked_at_its_borders() {
        assert_eq!(mask("abcdefghijkl", "é abcdefghijkl é"), "é [REDACTED] é");
        assert_eq!(mask("éabcdefghijké", "è éabcdefghijké è"), "è [REDACTED] è");
        assert_eq!(mask("éabcdefghijk", "è\u{e9}abcdefghijkè"), "è[REDACTED]è");
    }

    #[test]
    fn what_looks_like_an_escape_in_front_of_a_secret_does_not_hide_it() {
        assert_eq!(mask("0a1b2c3d4e5f", "100%0a1b2c3d4e5f!"), "100%[REDACTED]!");
        assert_eq!(mask("0a1b2c3d4e5f", "\\u000a1b2c3d4e5f"), "\\u00[REDACTED]");
        assert_eq!(mask("0a1b2c3d4e5f", "at the end 0a1b2c3d4e5f"), "at the end [REDACTED]");
    }

    /// Scenario 84 of the fault list. With a cost of key times text this would take minutes.
    #[test]
    fn s84_a_long_key_and_a_long_text_are_masked_in_linear_time() {
        let (key, text) = ("abcabcaabcacb".repeat(1_200), "abcab".repeat(6_000));
        let masked = mask(&key, &format!("{text} {key} {text}"));
        assert!(masked.len() < 2 * text.len());
        assert!(!masked.contains(&key[..PIECE_BYTES]), "a piece is left");
    }
}
