//! Content as text or as parts of many kinds.

use serde_json::Value;

use super::fields::Fields;
use super::scan::{self, Raw, Scanner, Text, Unreadable};
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
    pub(super) fn read(text: Text<'_>, high: &mut Option<u16>) -> Self {
        let mut content = Self::default();
        if let Some(decoded) = text.decoded.filter(|_| high.is_none()) {
            content.text = decoded.text;
            *high = decoded.high;
            return content;
        }
        let raw = text.raw;
        let json = raw.get();
        match json.as_bytes().first() {
            Some(b'"') => json_string::decode_onto(json, &mut content.text, high),
            Some(b'[') => match scan::read::<Vec<Raw<'_>>>(json) {
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
    fn take(&mut self, part: Raw<'_>) {
        match part.get().as_bytes().first() {
            Some(b'"') => self.text.push_str(&json_string::decode(part.get())),
            Some(b'{') => match scan::read::<Part<'_>>(part.get()) {
                Ok(part) => self.take_part(&part),
                Err(_) => self.unreadable = true,
            },
            // A list within the list is no part that anybody sends, and holds no text that is known.
            Some(b'[') => self.unreadable |= value(part.get()).is_none(),
            _ => {}
        }
    }

    fn take_part(&mut self, part: &Part<'_>) {
        let kind = part.kind.map_or("text", |kind| kind.get().trim_matches('"'));
        let (inner, out) = match kind {
            "text" | "output_text" => (part.text, &mut self.text),
            "refusal" => (part.refusal, &mut self.refusal),
            "thinking" | "reasoning" | "reasoning_text" | "reasoning_content" => {
                let inner = [part.thinking, part.summary, part.text, part.reasoning, part.content];
                (inner.into_iter().flatten().next(), &mut self.reasoning)
            }
            _ => return,
        };
        if let Some(inner) = inner {
            self.unreadable |= !push_texts(inner, out, 0);
        }
    }
}

/// A part, each key borrowed raw: an odd number in a key that nobody reads costs nothing.
#[derive(Default)]
struct Part<'a> {
    kind: Option<Raw<'a>>,
    text: Option<Raw<'a>>,
    refusal: Option<Raw<'a>>,
    thinking: Option<Raw<'a>>,
    summary: Option<Raw<'a>>,
    reasoning: Option<Raw<'a>>,
    content: Option<Raw<'a>>,
    value: Option<Raw<'a>>,
}

impl<'a> Fields<'a> for Part<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        let slot = match key {
            "type" => &mut self.kind,
            "text" => &mut self.text,
            "refusal" => &mut self.refusal,
            "thinking" => &mut self.thinking,
            "summary" => &mut self.summary,
            "reasoning" => &mut self.reasoning,
            "content" => &mut self.content,
            "value" => &mut self.value,
            _ => return value.skip(),
        };
        *slot = Some(value.value()?);
        Ok(())
    }
}

/// Every text in a value: a string, an object's `text`, or a list of these. False if it is nested
/// deeper than anybody does.
fn push_texts(raw: Raw<'_>, out: &mut String, depth: u8) -> bool {
    const MAX_DEPTH: u8 = 8;
    if depth > MAX_DEPTH {
        return false;
    }
    match raw.get().as_bytes().first() {
        Some(b'"') => out.push_str(&json_string::decode(raw.get())),
        Some(b'[') => {
            let items = scan::read::<Vec<Raw<'_>>>(raw.get());
            return items
                .is_ok_and(|items| items.into_iter().all(|item| push_texts(item, out, depth + 1)));
        }
        Some(b'{') => {
            let Ok(part) = scan::read::<Part<'_>>(raw.get()) else { return false };
            let inner = part.text.or(part.summary).or(part.value);
            return inner.is_none_or(|inner| push_texts(inner, out, depth + 1));
        }
        _ => {}
    }
    true
}

/// The text of `reasoning_details`; encrypted details have none.
pub(super) fn detail_text(raw: Raw<'_>) -> String {
    let mut text = String::new();
    push_texts(raw, &mut text, 0);
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
        Content::read(scan::read(json).expect(json), &mut None)
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
            (r#"[{"type":"text","text":"a","score":1e999}]"#, "a", "", ""),
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
