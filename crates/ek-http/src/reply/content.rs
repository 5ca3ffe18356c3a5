//! Content as text or as parts of many kinds.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::repair;

/// The texts of a content, each kind for itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) text: String,
    pub(super) reasoning: String,
    pub(super) refusal: String,
    /// A part could not be read. Leaving it out would lose text silently.
    pub(super) unreadable: bool,
}

impl Content {
    fn take_raw(&mut self, raw: &RawValue) {
        match value(raw.get()) {
            Some(value) => self.take(&value),
            None => self.unreadable = true,
        }
    }

    /// A string, or a part of a known kind; unknown kinds hold no text of the reply.
    fn take(&mut self, part: &Value) {
        match part {
            Value::String(text) => self.text.push_str(text),
            Value::Object(part) => self.take_object(part),
            _ => {}
        }
    }

    fn take_object(&mut self, part: &Map<String, Value>) {
        let kind = part.get("type").and_then(Value::as_str).unwrap_or("text");
        match kind {
            "text" | "output_text" => {
                push_texts(part.get("text").unwrap_or(&Value::Null), &mut self.text);
            }
            "refusal" => push_texts(
                part.get("refusal").unwrap_or(&Value::Null),
                &mut self.refusal,
            ),
            "thinking" | "reasoning" | "reasoning_text" | "reasoning_content" => {
                let keys = ["thinking", "summary", "text", "reasoning", "content"];
                if let Some(inner) = keys.iter().find_map(|key| part.get(*key)) {
                    push_texts(inner, &mut self.reasoning);
                }
            }
            _ => {}
        }
    }
}

/// Every text in a value: a string, an object's `text`, or a list of these.
fn push_texts(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => out.push_str(text),
        Value::Array(items) => items.iter().for_each(|item| push_texts(item, out)),
        Value::Object(object) => {
            let keys = ["text", "summary", "value"];
            if let Some(inner) = keys.iter().find_map(|key| object.get(*key)) {
                push_texts(inner, out);
            }
        }
        _ => {}
    }
}

/// The text of `reasoning_details`; encrypted details have none.
pub(super) fn detail_text(json: &str) -> String {
    let mut text = String::new();
    if let Some(details) = value(json) {
        push_texts(&details, &mut text);
    }
    text
}

/// A raw value as a tree, mended where it has to be.
fn value(json: &str) -> Option<Value> {
    serde_json::from_str(json)
        .or_else(|_| serde_json::from_slice(&repair::mend(json.as_bytes())))
        .ok()
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("content")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Content, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Content, E> {
        Ok(Content {
            text,
            ..Content::default()
        })
    }

    fn visit_unit<E: Error>(self) -> Result<Content, E> {
        Ok(Content::default())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Content, E> {
        Ok(Content::default())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Content, E> {
        self.visit_string(number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Content, E> {
        self.visit_string(number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Content, E> {
        self.visit_string(number.to_string())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Content, S::Error> {
        let mut content = Content::default();
        while let Some(part) = seq.next_element::<&RawValue>()? {
            content.take_raw(part);
        }
        Ok(content)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Content, M::Error> {
        let mut content = Content::default();
        let mut part = Map::new();
        while let Some((key, raw)) = map.next_entry::<String, &RawValue>()? {
            match value(raw.get()) {
                Some(value) => drop(part.insert(key, value)),
                None => content.unreadable = true,
            }
        }
        content.take_object(&part);
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> (String, String, String) {
        let content: Content = serde_json::from_str(json).expect(json);
        assert!(!content.unreadable, "{json}");
        (content.text, content.reasoning, content.refusal)
    }

    #[test]
    fn parts_of_every_kind_give_their_text_to_their_own_field() {
        for (json, text, reasoning, refusal) in [
            (r#""plain""#, "plain", "", ""),
            ("null", "", "", ""),
            (r#"["a ","b"]"#, "a b", "", ""),
            (r#"{"type":"text","text":"one"}"#, "one", "", ""),
            (
                r#"[{"type":"output_text","text":"a"},{"text":"b"}]"#,
                "ab",
                "",
                "",
            ),
            (
                r#"[{"type":"thinking","thinking":[{"type":"text","text":"t"}]}]"#,
                "",
                "t",
                "",
            ),
            (r#"[{"type":"thinking","thinking":"t"}]"#, "", "t", ""),
            (
                r#"[{"type":"reasoning","summary":[{"type":"summary_text","text":"s"}]}]"#,
                "",
                "s",
                "",
            ),
            (
                r#"[{"type":"refusal","refusal":"no"},{"type":"image_url"},7,null]"#,
                "",
                "",
                "no",
            ),
        ] {
            assert_eq!(
                read(json),
                (text.into(), reasoning.into(), refusal.into()),
                "{json}"
            );
        }
    }

    #[test]
    fn a_part_that_cannot_be_read_is_told_and_not_left_out() {
        let deep = format!("[{}{}]", "[".repeat(200), "]".repeat(200));
        let content: Content = serde_json::from_str(&deep).expect("skipped over");
        assert!(content.unreadable);
    }
}
