//! What must not reach the disk: keys that were sent, wherever they come back, and everything that is
//! shaped like a credential.
//!
//! JSON is masked value by value, so that it stays JSON, and left byte for byte as it was where nothing
//! had to be masked.

use std::borrow::Cow;

use ek_core::{MAX_REDACT_BYTES, REDACTED, redact};
use serde_json::Value;

/// Masks what it knows to be secret, and what looks so.
#[derive(Clone, Default)]
pub(super) struct Mask {
    /// Values that were sent as credentials.
    known: Vec<String>,
}

/// A shorter one would mask half the text.
#[cfg(any(test, feature = "record"))]
const SHORTEST_KNOWN: usize = 4;

impl Mask {
    /// Masks these as well.
    #[cfg(any(test, feature = "record"))]
    pub(super) fn knowing(values: impl IntoIterator<Item = String>) -> Self {
        let mut known: Vec<String> =
            values.into_iter().filter(|value| value.len() >= SHORTEST_KNOWN).collect();
        // A key that is part of another is masked after it.
        known.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self { known }
    }

    /// Whether the text holds a value that was sent as a credential.
    #[cfg(test)]
    pub(super) fn finds_known(&self, text: &str) -> bool {
        self.known.iter().any(|value| text.contains(value.as_str()))
    }

    pub(super) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut masked = Cow::Borrowed(text);
        for value in self.known.iter().filter(|value| text.contains(value.as_str())) {
            masked = Cow::Owned(masked.replace(value.as_str(), REDACTED));
        }
        match by_shape(&masked) {
            Some(shaped) => Cow::Owned(shaped),
            None => masked,
        }
    }

    /// Masks the values of JSON; whether there was anything to mask.
    pub(super) fn json(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.text(text) {
                Cow::Owned(masked) if masked != *text => {
                    *text = masked;
                    true
                }
                _ => false,
            },
            // Every one of them is looked at, so no short cut.
            Value::Array(list) => list.iter_mut().map(|item| self.json(item)).fold(false, or),
            Value::Object(object) => {
                let masked = object.iter_mut().map(|(key, item)| match item {
                    // Each token of a reply stands under this name.
                    Value::Object(_) | Value::Array(_) if key == "logprobs" => false,
                    Value::String(text) if is_telling(key, text) => {
                        REDACTED.clone_into(text);
                        true
                    }
                    item => self.json(item),
                });
                masked.fold(false, or)
            }
            _ => false,
        }
    }

    /// Masks a body: JSON, server-sent events with JSON in them, or any text. Bytes that are no text
    /// are left as they are.
    #[cfg(any(test, feature = "record"))]
    pub(super) fn body(&self, bytes: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
        if let Some(masked) = self.whole_json(text) {
            return masked.into_bytes();
        }
        let lines = text.split_inclusive('\n').map(|line| {
            let (data, end) = line.split_at(line.trim_end_matches(['\r', '\n']).len());
            let (field, json) = match data.strip_prefix("data:") {
                Some(json) => ("data:", json),
                None => ("", data),
            };
            let masked = self.whole_json(json.trim_start());
            let space = if json.starts_with(' ') { " " } else { "" };
            match masked {
                Some(masked) => format!("{field}{space}{masked}{end}"),
                None => format!("{field}{}{end}", self.text(json)),
            }
        });
        lines.collect::<String>().into_bytes()
    }

    /// The text masked, if it is JSON.
    #[cfg(any(test, feature = "record"))]
    fn whole_json(&self, text: &str) -> Option<String> {
        let mut value: Value = serde_json::from_str(text).ok()?;
        Some(if self.json(&mut value) { value.to_string() } else { text.to_owned() })
    }
}

/// For folding: unlike `any`, a fold looks at each of them.
fn or(one: bool, other: bool) -> bool {
    one || other
}

/// Whether the name says that the value is a secret, as it would in `name="value"`.
fn is_telling(name: &str, value: &str) -> bool {
    let pair = format!("{name}=\"{value}\"");
    pair.len() <= MAX_REDACT_BYTES && !value.is_empty() && {
        let shown = redact(&pair);
        shown == format!("{name}=\"{REDACTED}\"")
    }
}

/// The text without what is shaped like a credential; `None` if there is nothing of that kind. Any
/// length: it is looked at in windows, which end at white space where there is any.
fn by_shape(text: &str) -> Option<String> {
    let mut masked = String::new();
    let mut rest = text;
    let mut found = false;
    while !rest.is_empty() {
        let mut end = rest.len().min(MAX_REDACT_BYTES);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        if end < rest.len()
            && let Some(space) = rest[..end].rfind(char::is_whitespace).filter(|at| *at > 0)
        {
            end = space;
        }
        let (window, others) = rest.split_at(end);
        let shaped = redact(window);
        found |= matches!(shaped, Cow::Owned(_));
        masked.push_str(&shaped);
        rest = others;
    }
    (found && masked != text).then_some(masked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KEY: &str = "kiln0key0without0shape";

    fn mask() -> Mask {
        Mask::knowing([KEY.to_owned(), "abc".to_owned()])
    }

    fn body(text: &str) -> String {
        String::from_utf8(mask().body(text.as_bytes())).expect("text")
    }

    #[test]
    fn a_body_without_secrets_is_left_byte_for_byte() {
        for text in [
            "{ \"b\": 1,\r\n \"a\": \"abc\" }",
            "data: {\"b\":1,\"a\":2}\r\n\r\n: ping\n\ndata:{\"x\":0}\n\ndata: [DONE]\n\n",
            "<html>Bad Gateway</html>",
            "",
        ] {
            assert_eq!(body(text), text);
        }
        assert_eq!(mask().body(b"\xff\xfe"), b"\xff\xfe");
    }

    #[test]
    fn the_key_that_was_sent_is_masked_wherever_it_comes_back() {
        for (text, masked) in [
            (
                format!(r#"{{"error":{{"message":"Incorrect key: {KEY}."}}}}"#),
                r#"{"error":{"message":"Incorrect key: [REDACTED]."}}"#,
            ),
            (format!("data: {{\"a\":\"{KEY}\"}}\n\n"), "data: {\"a\":\"[REDACTED]\"}\n\n"),
            (format!("no JSON: {KEY}"), "no JSON: [REDACTED]"),
        ] {
            assert_eq!(body(&text), masked);
        }
    }

    #[test]
    fn what_is_shaped_like_a_key_is_masked_and_json_stays_json() {
        let mut value = json!({
            "messages": [{"content": "my key is sk-abc123456789"}],
            "password": "hunter2",
            "tools": [{"parameters": {"properties": {"token": {"type": "string"}}}}],
            "max_tokens": 4096,
            "logprobs": {"content": [{"token": "Hello"}]},
            "args": "{\"api_key\":\"abcdef\"}"
        });
        assert!(mask().json(&mut value));
        assert_eq!(
            value,
            json!({
                "messages": [{"content": "my key is [REDACTED]"}],
                "password": "[REDACTED]",
                "tools": [{"parameters": {"properties": {"token": {"type": "string"}}}}],
                "max_tokens": 4096,
                "logprobs": {"content": [{"token": "Hello"}]},
                "args": "{\"api_key\":\"[REDACTED]\"}"
            })
        );
    }

    #[test]
    fn a_long_text_is_masked_to_its_end_and_keeps_its_length() {
        let long = "word ".repeat(14_000);
        assert_eq!(mask().text(&long), long);
        let image = "A".repeat(70_000);
        assert_eq!(mask().text(&image), image);
        let masked = mask().text(&format!("{long}sk-abc123456789 {long}")).into_owned();
        assert_eq!(masked.len(), 2 * long.len() + REDACTED.len() + 1);
        assert!(!masked.contains("sk-abc"));
    }
}
