//! Content as text or as parts of many kinds.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{json_string, repair};

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
    /// Reads a content. `high` is the first half of a surrogate pair that the piece before ended in.
    pub(super) fn read(raw: &RawValue, high: &mut Option<u16>) -> Self {
        let mut content = Self::default();
        let json = raw.get();
        match json.as_bytes().first() {
            Some(b'"') => json_string::decode_onto(json, &mut content.text, high),
            Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(json) {
                Ok(parts) => parts.into_iter().for_each(|part| content.take(part)),
                Err(_) => content.unreadable = true,
            },
            Some(b'{') => content.take(raw),
            // A model that answers `7` to a server that parses it.
            Some(b'0'..=b'9' | b'-') => content.text.push_str(json),
            _ => {}
        }
        content
    }

    /// A string, or a part of a known kind; unknown kinds hold no text of the reply.
    fn take(&mut self, part: &RawValue) {
        match value(part.get()) {
            Some(Value::String(text)) => self.text.push_str(&text),
            Some(Value::Object(part)) => self.take_object(&part),
            Some(_) => {}
            None => self.unreadable = true,
        }
    }

    fn take_object(&mut self, part: &Map<String, Value>) {
        let get = |keys: &[&str]| keys.iter().find_map(|key| part.get(*key));
        match part.get("type").and_then(Value::as_str).unwrap_or("text") {
            "text" | "output_text" => push_texts(get(&["text"]), &mut self.text),
            "refusal" => push_texts(get(&["refusal"]), &mut self.refusal),
            "thinking" | "reasoning" | "reasoning_text" | "reasoning_content" => {
                let inner = get(&["thinking", "summary", "text", "reasoning", "content"]);
                push_texts(inner, &mut self.reasoning);
            }
            _ => {}
        }
    }
}

/// Every text in a value: a string, an object's `text`, or a list of these.
fn push_texts(value: Option<&Value>, out: &mut String) {
    match value {
        Some(Value::String(text)) => out.push_str(text),
        Some(Value::Array(items)) => items.iter().for_each(|item| push_texts(Some(item), out)),
        Some(Value::Object(object)) => {
            let keys = ["text", "summary", "value"];
            push_texts(keys.iter().find_map(|key| object.get(*key)), out);
        }
        _ => {}
    }
}

/// The text of `reasoning_details`; encrypted details have none.
pub(super) fn detail_text(json: &str) -> String {
    let mut text = String::new();
    push_texts(value(json).as_ref(), &mut text);
    text
}

/// A raw value as a tree, mended where it has to be.
pub(super) fn value(json: &str) -> Option<Value> {
    serde_json::from_str(json)
        .or_else(|_| serde_json::from_slice(&repair::mend(json.as_bytes())))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Content {
        Content::read(serde_json::from_str(json).expect(json), &mut None)
    }

    #[test]
    fn parts_of_every_kind_give_their_text_to_their_own_field() {
        for (json, text, reasoning, refusal) in [
            (r#""plain""#, "plain", "", ""),
            ("null", "", "", ""),
            ("true", "", "", ""),
            ("12.5", "12.5", "", ""),
            (r#"["a ","b"]"#, "a b", "", ""),
            (r#"{"type":"text","text":"one"}"#, "one", "", ""),
            (r#"[{"type":"output_text","text":"a"},{"text":"b"}]"#, "ab", "", ""),
            (r#"[{"type":"thinking","thinking":[{"type":"text","text":"t"}]}]"#, "", "t", ""),
            (r#"[{"type":"thinking","thinking":"t"}]"#, "", "t", ""),
            (
                r#"[{"type":"reasoning","summary":[{"type":"summary_text","text":"s"}]}]"#,
                "",
                "s",
                "",
            ),
            (r#"[{"type":"refusal","refusal":"no"},{"type":"image_url"},7,null]"#, "", "", "no"),
            (r#"[{"type":"text","text":"a \ud83d"}]"#, "a \u{fffd}", "", ""),
        ] {
            let content = read(json);
            let found = (&*content.text, &*content.reasoning, &*content.refusal);
            assert_eq!(found, (text, reasoning, refusal), "{json}");
            assert!(!content.unreadable, "{json}");
        }
    }

    #[test]
    fn a_part_that_cannot_be_read_is_told_and_not_left_out() {
        assert!(read(&format!("[{}{}]", "[".repeat(200), "]".repeat(200))).unreadable);
    }
}
