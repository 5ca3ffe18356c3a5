//! The message of a choice, or the piece of it that a stream's chunk holds: both have one shape.

use std::borrow::Cow;

use super::calls::{self, CallFields, Calls};
use super::content::{self, Content};
use super::spelling::snake_case;
use crate::json::fields::Fields;
use crate::json::scan::{Raw, Scanner, Text, Unreadable};
use crate::json::weight::tree_bytes;
use crate::json::{scalar, string};
use crate::protocol::chat_completions::native::FurtherKeys;

/// Keys of the reasoning's text. Where several have some, the first of them counts.
pub(crate) const REASONING: [&str; 8] = [
    "reasoning_content",
    "reasoning",
    "reasoning_text",
    "thinking",
    "thinking_content",
    "reasoning_summary",
    "thoughts",
    "thought",
];

/// Keys of the message's own, which some servers write in camel case.
const OWN: [&str; 4] = ["content", "refusal", "tool_calls", "function_call"];

/// Keys that carry state between the turns, so that they are sent back.
const RETURNED: [&str; 6] = [
    "reasoning_details",
    "thinking_blocks",
    "extra_content",
    "provider_specific_fields",
    "audio",
    "images",
];

/// Words in the names of further such keys (`reasoning_opaque`, `encrypted_content`).
const RETURNED_WORDS: [&str; 3] = ["signature", "opaque", "encrypted"];

/// What of a message matters; texts are borrowed raw and decoded once they are wanted.
#[derive(Default)]
pub(crate) struct Message<'a> {
    content: Option<Text<'a>>,
    /// Which key of [`REASONING`] holds some, and what.
    pub(crate) reasoning: Option<(usize, Raw<'a>)>,
    /// Other keys hold some as well.
    pub(crate) reasoning_again: bool,
    pub(crate) refusal: Option<Raw<'a>>,
    pub(crate) tool_calls: Vec<CallFields<'a>>,
    /// What is sent back on the next turn.
    pub(crate) returned: Vec<(String, Raw<'a>)>,
    /// It is no object: whatever it holds, taking it for an empty message would lose it.
    pub(crate) is_odd: bool,
}

impl<'a> Fields<'a> for Message<'a> {
    fn of_no_object() -> Self {
        Self { is_odd: true, ..Self::default() }
    }

    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            // What healthy replies have, and what is not looked up.
            "role" | "annotations" => value.skip()?,
            "content" => self.set_content(value.value()?),
            // In place of the content, never beside it.
            "text" if !self.has_text() => self.set_content(value.value()?),
            "refusal" => self.refusal = Some(value.value()?),
            "tool_calls" => {
                let Calls(calls) = value.value()?;
                // Never undone by the empty or null form next to the older one.
                if !calls.is_empty() || self.tool_calls.is_empty() {
                    self.tool_calls = calls;
                }
            }
            "function_call" => {
                let call = value.optional::<CallFields<'a>>()?;
                let call = call.filter(|call| !call.is_empty() && !self.has_calls());
                self.tool_calls.extend(call);
            }
            _ => self.other_field(key, value)?,
        }
        Ok(())
    }
}

impl<'a> Message<'a> {
    /// A null never undoes a text.
    fn set_content(&mut self, text: Text<'a>) {
        if text.raw.get() != "null" || self.content.is_none() {
            self.content = Some(text);
        }
    }

    fn other_field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        let reasoning = REASONING.iter().position(|known| *known == key);
        let returned =
            || RETURNED.contains(&key) || RETURNED_WORDS.iter().any(|word| key.contains(word));
        if reasoning.is_none() && !returned() {
            return match snake_case(key) {
                Some(usual) if OWN.contains(&&*usual) && value.peek()? != b'n' => {
                    self.field(&usual, value)
                }
                // It goes back under the key in which it came.
                Some(usual) if REASONING.contains(&&*usual) => self.keep(key, value.value()?),
                _ => value.skip(),
            };
        }
        let raw: Raw<'a> = value.value()?;
        match (reasoning, raw.get().as_bytes().first()) {
            _ if scalar::is_silent(Some(raw)) => {}
            (Some(at), Some(b'"')) => {
                self.reasoning_again |= self.reasoning.is_some_and(|(known, _)| known != at);
                if self.reasoning.is_none_or(|(known, _)| at <= known) {
                    self.reasoning = Some((at, raw));
                }
            }
            // In another shape than a text: the text is shown, and the shape goes back.
            (Some(_), Some(b'{' | b'[')) | (None, _) => return self.keep(key, raw),
            _ => {}
        }
        Ok(())
    }

    fn keep(&mut self, key: &str, raw: Raw<'a>) -> Result<(), Unreadable> {
        if scalar::is_set(raw) {
            self.returned.push((key.to_owned(), raw));
        }
        Ok(())
    }
}

/// First halves of surrogate pairs at the end of a stream's pieces.
#[derive(Debug, Default)]
pub(crate) struct Halves {
    pub(crate) text: Option<u16>,
    pub(crate) reasoning: Option<u16>,
}

/// The texts of a message, decoded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts<'a> {
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) refusal: String,
    /// The key under which the reasoning goes back; `None` where other keys or parts of the content hold
    /// it.
    pub(crate) reasoning_key: Option<&'static str>,
    /// Parts of the content that hold reasoning.
    parts: Vec<&'a str>,
    pub(crate) unreadable: bool,
}

impl Texts<'_> {
    /// Whether nothing of the reply's texts is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.reasoning.is_empty() && self.refusal.is_empty()
    }
}

impl<'a> Message<'a> {
    /// A message that is only a text.
    pub(crate) fn of_text(content: Raw<'a>) -> Self {
        Self { content: Some(content.into()), ..Self::default() }
    }

    /// Takes the texts. Reasoning is taken from the first place that has some: often the same text
    /// stands in two of them.
    pub(crate) fn texts(&mut self, halves: &mut Halves) -> Texts<'a> {
        let content = self.content.take().map(|text| Content::read(text, &mut halves.text));
        let content = content.unwrap_or_default();
        let unreadable = content.unreadable || self.is_odd;
        let mut texts = Texts { text: content.text, unreadable, ..Texts::default() };
        texts.refusal = self.refusal.and_then(refusal).unwrap_or(content.refusal);
        texts.parts = content.reasoning_parts;
        if !content.calls.is_empty() && !self.has_calls() {
            match calls::of_parts(&content.calls) {
                Ok(calls) => self.tool_calls.extend(calls),
                Err(Unreadable) => texts.unreadable = true,
            }
        }

        let found = self.reasoning.map(|(at, raw)| {
            let mut text = String::new();
            string::decode_onto(raw.get(), &mut text, &mut halves.reasoning);
            (text, Some(REASONING[at]))
        });
        let details = self.returned.iter().find(|(key, _)| is_reasoning(key));
        (texts.reasoning, texts.reasoning_key) = match (found, details) {
            (Some((text, _)), Some(_)) => (text, None),
            (Some(found), None) => found,
            (None, Some((_, raw))) => (content::detail_text(*raw), None),
            (None, None) => (content.reasoning, None),
        };
        texts
    }

    /// The keys to be sent back on the next turn, as they came.
    pub(crate) fn further_keys(&self, texts: &Texts<'a>) -> FurtherKeys<'a> {
        let mut keys = FurtherKeys::default();
        if let (Some(key), Some((_, raw)), false) =
            (texts.reasoning_key, self.reasoning, texts.reasoning.is_empty())
        {
            keys.set(key, raw.get());
        }
        for (key, raw) in &self.returned {
            keys.set(key.clone(), raw.get());
        }
        texts.parts.iter().for_each(|part| keys.push_part(*part));
        keys
    }

    /// The same of a piece of the message, without the reasoning's text.
    pub(crate) fn to_carry_over<'m>(
        &'m self,
        texts: &'m Texts<'_>,
    ) -> impl Iterator<Item = (&'m str, Cow<'m, str>)> {
        let keys = self.returned.iter().map(|(key, raw)| (key.as_str(), raw.get().into()));
        let parts = (!texts.parts.is_empty()).then(|| format!("[{}]", texts.parts.join(",")));
        keys.chain(parts.map(|parts| ("content", parts.into())))
    }

    /// How much of it besides its texts is kept, about: arguments, and what is sent back, as trees.
    pub(crate) fn kept_bytes(&self, texts: &Texts<'_>) -> usize {
        let returned = self.returned.iter().map(|(_, raw)| raw.get());
        let trees = returned.chain(texts.parts.iter().copied()).map(tree_bytes).sum::<usize>();
        trees + self.tool_calls.iter().map(CallFields::kept_bytes).sum::<usize>()
    }

    /// Whether nothing of a reply is in it, besides a role.
    pub(crate) fn is_blank(&self) -> bool {
        let texts = [self.raw_content(), self.reasoning.map(|(_, raw)| raw), self.refusal];
        let has_text = texts.into_iter().flatten().any(scalar::is_set);
        !has_text && !self.is_odd && self.tool_calls.is_empty() && self.returned.is_empty()
    }

    /// Whether it calls a tool.
    pub(crate) fn has_calls(&self) -> bool {
        self.tool_calls.iter().any(|call| !call.is_empty())
    }

    pub(crate) fn raw_content(&self) -> Option<Raw<'a>> {
        self.content.as_ref().map(|text| text.raw)
    }

    /// Whether it holds any text.
    pub(crate) fn has_text(&self) -> bool {
        self.raw_content().is_some_and(scalar::is_set)
    }

    /// Takes over another message's content.
    pub(crate) fn take_text_of(&mut self, other: &Self) {
        self.content = other.raw_content().map(Text::from);
    }
}

/// Whether what goes back under this key says what the reasoning is.
fn is_reasoning(key: &str) -> bool {
    let usual = snake_case(key);
    key == "reasoning_details" || REASONING.contains(&usual.as_deref().unwrap_or(key))
}

/// The text of a refusal. One that is no text says why as its JSON.
fn refusal(raw: Raw<'_>) -> Option<String> {
    let json = raw.get();
    match json.as_bytes().first()? {
        b'"' => Some(string::decode(json)).filter(|text| !text.is_empty()),
        b'{' | b'[' if !matches!(json, "{}" | "[]") => Some(content::detail_text(raw))
            .filter(|text| !text.is_empty())
            .or(Some(json.to_owned())),
        _ => None,
    }
}
