//! Content as text or as parts of many kinds.

use serde_json::Value;

use super::spelling::snake_case;
use crate::json::fields::Fields;
use crate::json::scan::{self, Raw, Scanner, Text, Unreadable};
use crate::json::{mend, string};

/// The texts of a content, each kind for itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Content<'a> {
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) refusal: String,
    /// The parts that hold the reasoning, as they came.
    pub(crate) reasoning_parts: Vec<&'a str>,
    /// The parts that are calls, as they came. Most servers repeat them as the message's calls.
    pub(crate) calls: Vec<&'a str>,
    /// A part could not be read. Leaving it out would lose text silently.
    pub(crate) unreadable: bool,
}

/// Types of parts that hold neither text nor reasoning.
const OTHER_PARTS: [&str; 16] = [
    "image",
    "image_url",
    "input_image",
    "output_image",
    "audio",
    "audio_url",
    "input_audio",
    "output_audio",
    "video",
    "video_url",
    "file",
    "document_url",
    "reference",
    "tool_file",
    "tool_reference",
    "redacted_thinking",
];

/// Types of parts that are calls, of Anthropic's and others.
const CALLS: [&str; 3] = ["tool_use", "tool_call", "function_call"];

/// First words of the types of parts that hold reasoning, such as `reasoning_text`. The longer word counts
/// alone: an answer that is JSON may have the type `reasonable`.
const REASONING: [&str; 4] = ["think", "thinking", "thought", "reasoning"];

/// What a part says, by its type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Refusal,
    Reasoning,
    Call,
    /// Known, and without a text.
    Other,
    Unknown,
}

impl<'a> Content<'a> {
    /// Reads a content. `high` is the first half of a surrogate pair that the piece before ended in.
    ///
    /// A string, a part, or a list of parts and strings. Anything else is what the server has parsed
    /// of the model's JSON, and is handed over as its text.
    pub(crate) fn read(text: Text<'a>, high: &mut Option<u16>) -> Self {
        let mut content = Self::default();
        if let Some(decoded) = text.decoded.filter(|_| high.is_none()) {
            content.text = decoded.text;
            *high = decoded.high;
            return content;
        }
        let json = text.raw.get();
        match json.as_bytes().first() {
            Some(b'"') => string::decode_onto(json, &mut content.text, high),
            Some(b'[') => match scan::read::<Vec<Raw<'_>>>(json) {
                Ok(items) => match parts(&items) {
                    Some(parts) => parts.iter().for_each(|part| content.take_part(part)),
                    None => json.clone_into(&mut content.text),
                },
                Err(_) => content.unreadable = true,
            },
            Some(b'{') => match scan::read::<Part<'_>>(json) {
                Ok(mut part) if part.kind_word.is_some() && part.kind() != Kind::Unknown => {
                    part.json = json;
                    content.take_part(&part);
                }
                _ => json.clone_into(&mut content.text),
            },
            _ if json == "null" => {}
            _ => json.clone_into(&mut content.text),
        }
        content
    }

    /// Unknown types hold no text of the reply.
    fn take_part(&mut self, part: &Part<'a>) {
        let (inner, out) = match part.kind() {
            Kind::Text => (part.text.or(part.content).or(part.value), &mut self.text),
            Kind::Refusal => (part.refusal.or(part.text), &mut self.refusal),
            Kind::Reasoning => (part.reasoning(), &mut self.reasoning),
            Kind::Call => return self.calls.push(part.json),
            Kind::Other | Kind::Unknown => return,
        };
        if let Some(inner) = inner {
            self.unreadable |= !push_texts(inner, out, 0);
        }
        if part.kind() == Kind::Reasoning {
            self.reasoning_parts.push(part.json);
        }
    }
}

/// The items as parts, if they are: each is a text or has a type, and one at least has a known type.
fn parts<'a>(items: &[Raw<'a>]) -> Option<Vec<Part<'a>>> {
    let mut parts = Vec::with_capacity(items.len());
    let mut known = items.is_empty();
    for item in items.iter().filter(|item| item.get() != "null") {
        let json = item.get();
        let part = match json.as_bytes().first() {
            Some(b'"') => Part { text: Some(*item), is_bare: true, json, ..Part::default() },
            Some(b'{') => Part { json, ..scan::read(json).ok()? },
            _ => return None,
        };
        if part.kind_word.is_none() && part.kind() == Kind::Unknown {
            return None;
        }
        known |= part.kind() != Kind::Unknown;
        parts.push(part);
    }
    known.then_some(parts)
}

/// A part, each key borrowed raw: an odd number in a key that is not read costs nothing.
#[derive(Default)]
struct Part<'a> {
    json: &'a str,
    /// A string in a list.
    is_bare: bool,
    kind_word: Option<Raw<'a>>,
    text: Option<Raw<'a>>,
    refusal: Option<Raw<'a>>,
    thinking: Option<Raw<'a>>,
    summary: Option<Raw<'a>>,
    reasoning: Option<Raw<'a>>,
    reasoning_content: Option<Raw<'a>>,
    content: Option<Raw<'a>>,
    value: Option<Raw<'a>>,
    /// Gemini's mark of reasoning.
    is_thought: bool,
    /// There is a tool's name, or an object that has it.
    has_name: bool,
    /// There are keys besides these.
    has_more: bool,
}

impl<'a> Part<'a> {
    fn kind(&self) -> Kind {
        let Some(kind) = self.kind_word.filter(|kind| kind.get().starts_with('"')) else {
            // A part without a type is a text, if it is that and nothing else.
            let text = self.text.is_some_and(|text| text.get().starts_with('"'));
            if text && self.is_thought {
                return Kind::Reasoning;
            }
            let typed = self.kind_word.is_some() || self.has_more;
            return if self.is_bare || (text && !typed) { Kind::Text } else { Kind::Unknown };
        };
        match kind.get().trim_matches('"') {
            _ if self.reasoning_content.is_some() || self.is_thought => Kind::Reasoning,
            "text" | "output_text" => Kind::Text,
            "refusal" => Kind::Refusal,
            "summary_text" => Kind::Reasoning,
            word if word
                .split(['_', '.', '-'])
                .next()
                .is_some_and(|it| REASONING.contains(&it)) =>
            {
                Kind::Reasoning
            }
            word if word.ends_with("_text") && self.text.is_some() => Kind::Text,
            // Without a tool's name it is none.
            call if CALLS.contains(&call) && self.has_name => Kind::Call,
            other if OTHER_PARTS.contains(&other) => Kind::Other,
            _ => Kind::Unknown,
        }
    }

    fn reasoning(&self) -> Option<Raw<'a>> {
        let own = [self.reasoning_content, self.thinking, self.summary, self.text];
        own.into_iter().chain([self.reasoning, self.content]).flatten().next()
    }
}

impl<'a> Fields<'a> for Part<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        let slot = match key {
            "type" => &mut self.kind_word,
            "text" => &mut self.text,
            "refusal" => &mut self.refusal,
            "thinking" | "think" => &mut self.thinking,
            "summary" => &mut self.summary,
            "reasoning" => &mut self.reasoning,
            "reasoning_content" | "reasoning_text" => &mut self.reasoning_content,
            "content" => &mut self.content,
            "value" => &mut self.value,
            "thought" => {
                self.is_thought = value.value::<Raw<'_>>()?.get() == "true";
                self.has_more |= !self.is_thought;
                return Ok(());
            }
            _ => {
                if let Some(key) = snake_case(key) {
                    return self.field(&key, value);
                }
                self.has_name |= matches!(key, "name" | "function");
                self.has_more |= key != "annotations";
                return value.skip();
            }
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
        Some(b'"') => out.push_str(&string::decode(raw.get())),
        Some(b'[') => {
            let items = scan::read::<Vec<Raw<'_>>>(raw.get());
            return items
                .is_ok_and(|items| items.into_iter().all(|item| push_texts(item, out, depth + 1)));
        }
        Some(b'{') => {
            let Ok(part) = scan::read::<Part<'_>>(raw.get()) else { return false };
            let inner = part.value.or_else(|| part.reasoning());
            return inner.is_none_or(|inner| push_texts(inner, out, depth + 1));
        }
        _ => {}
    }
    true
}

/// The text of `reasoning_details`; encrypted details have none.
pub(crate) fn detail_text(raw: Raw<'_>) -> String {
    let mut text = String::new();
    push_texts(raw, &mut text, 0);
    text
}

/// A raw value as a tree, mended where it has to be.
pub(crate) fn value(json: &str) -> Option<Value> {
    serde_json::from_str(json).or_else(|_| serde_json::from_str(&mend::mend(json.as_bytes()))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Content<'_> {
        Content::read(scan::read(json).expect(json), &mut None)
    }

    #[test]
    fn parts_of_every_kind_give_their_text_to_their_own_field() {
        for (json, text, reasoning, refusal) in [
            (r#""plain""#, "plain", "", ""),
            ("null", "", "", ""),
            ("true", "true", "", ""),
            ("false", "false", "", ""),
            ("12.5", "12.5", "", ""),
            (r#"["a ","b"]"#, "a b", "", ""),
            (r#"{"type":"text","text":"one"}"#, "one", "", ""),
            (r#"{"text":"one"}"#, r#"{"text":"one"}"#, "", ""),
            (r#"{"type":"circle","r":1}"#, r#"{"type":"circle","r":1}"#, "", ""),
            (r#"{"city": {"type":"text"}}"#, r#"{"city": {"type":"text"}}"#, "", ""),
            ("[]", "", "", ""),
            ("[1, true]", "[1, true]", "", ""),
            (r#"[{"city":"Oslo"}]"#, r#"[{"city":"Oslo"}]"#, "", ""),
            (r#"[{"type":"circle"}]"#, r#"[{"type":"circle"}]"#, "", ""),
            (r#"[{"type":"circle"},{"type":"text","text":"a"}]"#, "a", "", ""),
            (r#"["a",7]"#, r#"["a",7]"#, "", ""),
            (r#"[["a"]]"#, r#"[["a"]]"#, "", ""),
            (r#"[{"text":"t","thought":true},{"text":"a"}]"#, "a", "t", ""),
            (r#"[{"text":"a","score":1}]"#, r#"[{"text":"a","score":1}]"#, "", ""),
            (r#"[{"type":"text","text":"","reasoning_content":"t"}]"#, "", "t", ""),
            (r#"[{"type":"output_text","text":"a"},{"text":"b"}]"#, "ab", "", ""),
            (r#"[{"type":"thinking","thinking":[{"type":"text","text":"t"}]}]"#, "", "t", ""),
            (r#"[{"type":"thinking","thinking":"t"}]"#, "", "t", ""),
            (r#"[{"type":"think","think":"t"},{"type":"thought","text":"u"}]"#, "", "tu", ""),
            (r#"[{"type":"input_text","text":"a"}]"#, "a", "", ""),
            (r#"[{"type":"tool_use","id":"1","name":"n","input":{}}]"#, "", "", ""),
            (r#"[{"type":"reasoning.text","text":"t"}]"#, "", "t", ""),
            (
                r#"{"type":"reason_for_visit","n":1}"#,
                r#"{"type":"reason_for_visit","n":1}"#,
                "",
                "",
            ),
            (r#"[{"type":"reasonable","n":1}]"#, r#"[{"type":"reasonable","n":1}]"#, "", ""),
            (r#"{"type":"thoughtful","text":"a"}"#, r#"{"type":"thoughtful","text":"a"}"#, "", ""),
            (
                r#"[{"type":"tool_call","text":"a"}]"#,
                r#"[{"type":"tool_call","text":"a"}]"#,
                "",
                "",
            ),
            (r#"{"type":"function_call"}"#, r#"{"type":"function_call"}"#, "", ""),
            (
                r#"[{"type":"reasoning","summary":[{"type":"summary_text","text":"s"}]}]"#,
                "",
                "s",
                "",
            ),
            (r#"[{"type":"refusal","refusal":"no"},{"type":"image_url"},null]"#, "", "", "no"),
            (r#"[{"type":"text","text":"a \ud83d"}]"#, "a \u{fffd}", "", ""),
            (r#"[{"type":"text","text":"a","score":1e999}]"#, "a", "", ""),
            (r#"[{"type":"text","content":"a"},{"type":"text","value":"b"}]"#, "ab", "", ""),
            (r#"[{"type":"output_text","content":[{"type":"text","text":"a"}]}]"#, "a", "", ""),
            (r#"[{"type":"reference","reference_ids":[1]}]"#, "", "", ""),
        ] {
            let content = read(json);
            let found = (&*content.text, &*content.reasoning, &*content.refusal);
            assert_eq!(found, (text, reasoning, refusal), "{json}");
            assert!(!content.unreadable, "{json}");
        }
    }

    #[test]
    fn a_part_whose_texts_are_nested_too_deep_is_unreadable_and_not_left_out() {
        let deep = format!("{}{}", "[".repeat(20), "]".repeat(20));
        assert!(read(&format!(r#"[{{"type":"thinking","thinking":{deep}}}]"#)).unreadable);
    }

    #[test]
    fn parts_with_reasoning_are_kept_as_they_came() {
        let thinking = r#"{"type":"thinking","thinking":"t","signature":"s"}"#;
        let json = format!(r#"[{thinking},{{"type":"text","text":"a"}}]"#);
        let content = Content::read(scan::read(&json).expect("JSON"), &mut None);
        assert_eq!(content.reasoning_parts, [thinking]);
    }
}
