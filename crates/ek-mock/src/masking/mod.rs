//! What must reach neither the disk nor the journal: keys that were sent, wherever they come back, and
//! everything that is shaped like a credential.
//!
//! Text is masked and not a tree, string by string where it is JSON: so a name that stands twice, the
//! names themselves and the order are there, and what has nothing to mask stays byte for byte as it was.

mod json_strings;
mod request_credentials;
mod shapes;
mod signatures;

use std::borrow::Cow;

use ek_core::{REDACTED, SecretValues};
use serde::de::IgnoredAny;
use serde_json::Value;

use json_strings::changed;
#[cfg(feature = "record")]
pub(crate) use json_strings::each_string;
pub(crate) use request_credentials::{credentials_of, is_secret_header};
pub(crate) use shapes::by_shape;
use signatures::signs_a_turn;

/// A shorter value is too common to be masked.
const MIN_KNOWN_BYTES: usize = 4;

/// More credentials than this are not searched for: every text is taken to hold one.
const MAX_KNOWN_BYTES: usize = 64 * 1024;

/// Masks what it knows to be secret, and what looks so.
#[derive(Clone, Default)]
pub(crate) struct Mask {
    known: SecretValues,
    too_many: bool,
}

impl Mask {
    /// A mask that knows these values besides.
    pub(crate) fn knowing(values: &[String]) -> Self {
        if values.iter().map(String::len).sum::<usize>() > MAX_KNOWN_BYTES {
            return Self { too_many: true, ..Self::default() };
        }
        let values = values.iter().filter(|value| value.len() >= MIN_KNOWN_BYTES);
        Self { known: SecretValues::new(values), too_many: false }
    }

    /// Whether these bytes hold what it knows, however it is escaped.
    #[cfg(any(test, feature = "record"))]
    pub(crate) fn finds(&self, bytes: &[u8]) -> bool {
        self.too_many || self.known.is_in(bytes)
    }

    fn known<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.too_many { Cow::Borrowed(REDACTED) } else { self.known.mask(text) }
    }

    pub(crate) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let masked = self.known(text);
        match by_shape(&masked) {
            Some(shaped) => Cow::Owned(shaped),
            None => masked,
        }
    }

    /// Masks the strings of JSON, names included.
    pub(crate) fn json_text<'a>(&self, json: &'a str) -> Cow<'a, str> {
        changed(json, |spot, text| {
            let masked = match spot.name {
                // Each token of a reply stands under the name `token`.
                _ if spot.in_logprobs => self.known(text),
                Some(name)
                    if shapes::is_telling(name, text) && !signs_a_turn(name, spot.within) =>
                {
                    Cow::Borrowed(REDACTED)
                }
                _ => self.text(text),
            };
            (masked != text).then(|| masked.into_owned())
        })
    }

    pub(crate) fn json(&self, value: &mut Value) {
        let text = value.to_string();
        if let Cow::Owned(masked) = self.json_text(&text) {
            // It is JSON again. If it were not, nothing of it may stay.
            *value = serde_json::from_str(&masked).unwrap_or_default();
        }
    }

    /// Masks a body: JSON, server-sent events with JSON in them, or any text. Of other bytes the text
    /// in between is masked.
    pub(crate) fn body(&self, bytes: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(bytes) {
            Ok(text) if is_json(text) => self.json_text(text).into_owned().into_bytes(),
            _ => bytes.split_inclusive(|byte| *byte == b'\n').flat_map(|l| self.line(l)).collect(),
        }
    }

    fn line(&self, line: &[u8]) -> Vec<u8> {
        if let Ok(text) = std::str::from_utf8(line) {
            let (field, data) = data_of(text);
            let masked = if is_json(data) { self.json_text(data) } else { self.text(data) };
            return format!("{field}{masked}").into_bytes();
        }
        let parts = line.utf8_chunks().flat_map(|chunk| {
            let text = self.text(chunk.valid()).into_owned().into_bytes();
            text.into_iter().chain(chunk.invalid().iter().copied())
        });
        parts.collect()
    }
}

/// A line of a stream: `data: ` if it is a field of that name, and what stands in it.
pub(crate) fn data_of(line: &str) -> (&str, &str) {
    let data = line.strip_prefix("data:").map_or(line, str::trim_start);
    line.split_at(line.len() - data.len())
}

pub(crate) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests;
