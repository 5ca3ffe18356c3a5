//! Masks the values that a provider was configured with, whatever their shape.
//!
//! [`redact`](ek_core::redact()) knows credentials by their looks; an Azure key has none. What was
//! configured as a secret (key, header values, query values) is masked wherever it comes back: as it
//! is, percent-encoded, JSON-escaped, or a good piece of it.

use std::borrow::Cow;

use ek_core::REDACTED;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// Shorter values (a flag, a version) are too common in plain text to be masked.
const MIN_SECRET_BYTES: usize = 8;

/// A piece of a secret of this length is taken for the secret.
const PIECE_BYTES: usize = 12;

/// Error texts are capped far below this; masking reads no more.
const MAX_TEXT_BYTES: usize = 64 * 1024;

#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<Zeroizing<String>>);

impl Secrets {
    pub(crate) fn add(&mut self, value: &str) {
        let mut keep = |value: &str| {
            if value.len() >= MIN_SECRET_BYTES && !self.0.iter().any(|known| **known == value) {
                self.0.push(Zeroizing::new(value.to_owned()));
            }
        };
        // A value with a scheme (`Bearer x`) comes back without it, one given percent-encoded decoded.
        for word in value.split_ascii_whitespace() {
            keep(word);
            if let Cow::Owned(decoded) = percent_decode_str(word).decode_utf8_lossy() {
                keep(&decoded);
            }
        }
    }

    /// These and those.
    pub(crate) fn and(&self, more: Self) -> Self {
        let mut all = self.clone();
        all.0.extend(more.0);
        all
    }

    /// The text with every secret masked, by shape and by value.
    pub(crate) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut end = text.len().min(MAX_TEXT_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mut masked = Cow::Borrowed(&text[..end]);
        for secret in &self.0 {
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

/// How many bytes at the head of `text` stand for how many bytes at the head of `secret`.
fn common_prefix(text: &[u8], secret: &[u8]) -> (usize, usize) {
    let (mut read, mut matched) = (0, 0);
    while matched < secret.len() {
        match decoded(&text[read..]) {
            Some((byte, width)) if byte == secret[matched] => {
                read += width;
                matched += 1;
            }
            _ => break,
        }
    }
    (read, matched)
}

fn mask_value<'a>(text: &'a str, secret: &str) -> Cow<'a, str> {
    let (bytes, secret) = (text.as_bytes(), secret.as_bytes());
    let enough = secret.len().min(PIECE_BYTES);
    let mut out = String::new();
    let (mut kept, mut at) = (0, 0);
    while at < bytes.len() {
        // Any window of the secret may start here: a server may echo its middle or its end.
        let longest = (0..=secret.len() - enough)
            .filter(|start| decoded(&bytes[at..]).is_some_and(|(b, _)| b == secret[*start]))
            .map(|start| common_prefix(&bytes[at..], &secret[start..]))
            .filter(|(_, matched)| *matched >= enough)
            .max();
        match longest {
            Some((read, _)) if text.is_char_boundary(at) && text.is_char_boundary(at + read) => {
                out.push_str(&text[kept..at]);
                out.push_str(REDACTED);
                at += read;
                kept = at;
            }
            _ => at += 1,
        }
    }
    if kept == 0 && out.is_empty() {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
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
    fn text_that_shares_little_with_a_secret_stays() {
        assert_eq!(mask("0a1b2c3d4e5f6071", "port 0a1b is open"), "port 0a1b is open");
        assert_eq!(mask("2024-10", "version 2024-10"), "version 2024-10");
    }

    #[test]
    fn a_value_with_a_scheme_is_masked_without_it_too() {
        assert_eq!(mask("Token abcdefghijkl", "bad abcdefghijkl"), "bad [REDACTED]");
    }

    #[test]
    fn text_outside_ascii_is_masked_at_its_borders() {
        assert_eq!(mask("abcdefghijkl", "é abcdefghijkl é"), "é [REDACTED] é");
    }
}
