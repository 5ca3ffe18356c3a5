//! The message of a choice, or the piece of it that a stream's chunk holds: both have one shape.

use ek_core::ReasoningForm;
use serde_json::Value;

use super::calls::{CallFields, Calls};
use super::content::{self, Content};
use super::fields::Fields;
use super::scan::{Raw, Scanner, Text, Unreadable};
use super::varying::{self, Varying, VaryingKind};
use super::{json_string, scalar};

/// What of a message matters; texts are borrowed raw and decoded once they are wanted.
#[derive(Default)]
pub(crate) struct Message<'a> {
    content: Option<Text<'a>>,
    reasoning_content: Option<Raw<'a>>,
    reasoning: Option<Raw<'a>>,
    reasoning_details: Option<Raw<'a>>,
    refusal: Option<Raw<'a>>,
    pub(crate) tool_calls: Vec<CallFields<'a>>,
    extra_content: Option<Raw<'a>>,
    thinking_blocks: Option<Raw<'a>>,
    /// It is no object: whatever it holds, taking it for an empty message would lose it.
    is_odd: bool,
}

impl<'a> Fields<'a> for Message<'a> {
    fn of_no_object() -> Self {
        Self { is_odd: true, ..Self::default() }
    }

    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "content" => self.content = Some(value.value()?),
            "reasoning_content" => self.reasoning_content = Some(value.value()?),
            "reasoning" => self.reasoning = Some(value.value()?),
            "reasoning_details" => self.reasoning_details = Some(value.value()?),
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
                let call = call.filter(|call| call.is_legacy() && self.tool_calls.is_empty());
                self.tool_calls.extend(call);
            }
            "extra_content" => self.extra_content = Some(value.value()?),
            "thinking_blocks" => self.thinking_blocks = Some(value.value()?),
            _ => value.skip()?,
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
pub(crate) struct Texts {
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) refusal: String,
    /// How the reasoning came; only to be believed where there is some.
    pub(crate) form: ReasoningForm,
    pub(crate) unreadable: bool,
}

impl<'a> Message<'a> {
    /// A message that is only a text.
    pub(super) fn of_text(content: Raw<'a>) -> Self {
        Self { content: Some(content.into()), ..Self::default() }
    }

    /// Takes the texts. Reasoning is taken from the first place that has some: often the same text
    /// stands in two of them.
    pub(crate) fn texts(&mut self, halves: &mut Halves) -> Texts {
        let content = self.content.take().map(|text| Content::read(text, &mut halves.text));
        let content = content.unwrap_or_default();
        let unreadable = content.unreadable || self.is_odd;
        let mut texts = Texts { text: content.text, unreadable, ..Texts::default() };
        texts.refusal = self.refusal.and_then(string).unwrap_or(content.refusal);

        let mut reasoning = |raw: Raw<'_>, key| {
            let mut text = String::new();
            if raw.get().starts_with('"') {
                json_string::decode_onto(raw.get(), &mut text, &mut halves.reasoning);
            }
            // An empty text that waits for the other half of a pair counts.
            let some = !text.is_empty() || halves.reasoning.is_some();
            some.then_some((text, ReasoningForm::Field(key)))
        };
        let found = self
            .reasoning_content
            .and_then(|raw| reasoning(raw, "reasoning_content"))
            .or_else(|| self.reasoning.and_then(|raw| reasoning(raw, "reasoning")));
        let details = self.reasoning_details.filter(|raw| scalar::is_set(*raw));
        (texts.reasoning, texts.form) = match (found, details) {
            (Some((text, _)), Some(_)) => (text, ReasoningForm::Details),
            (Some(found), None) => found,
            (None, Some(raw)) => (content::detail_text(raw), ReasoningForm::Details),
            (None, None) => (content.reasoning, ReasoningForm::ThinkingPart),
        };
        texts
    }

    /// Keys to be sent back on the next turn, where they hold something.
    pub(crate) fn to_return(&self) -> impl Iterator<Item = (&'static str, Value)> {
        [
            ("reasoning_details", self.reasoning_details),
            ("extra_content", self.extra_content),
            ("thinking_blocks", self.thinking_blocks),
        ]
        .into_iter()
        .filter_map(|(key, raw)| {
            let raw = raw.filter(|raw| scalar::is_set(*raw))?;
            Some((key, content::value(raw.get())?))
        })
    }

    /// How much of it besides its texts is kept, about: arguments, and what is sent back.
    pub(crate) fn kept_bytes(&self) -> usize {
        let returned = [self.reasoning_details, self.extra_content, self.thinking_blocks];
        let returned: usize = returned.iter().flatten().map(|raw| raw.get().len()).sum();
        returned + self.tool_calls.iter().map(CallFields::kept_bytes).sum::<usize>()
    }

    /// See [`Envelope::varying`](super::Envelope::varying).
    pub(super) fn varying(&self) -> Option<Varying<'a>> {
        let silent = varying::is_silent;
        let returned = [self.reasoning_details, self.extra_content, self.thinking_blocks];
        if self.is_odd || !silent(self.refusal) || !returned.into_iter().all(silent) {
            return None;
        }
        let texts = [
            (self.raw_content(), VaryingKind::Text),
            (self.reasoning_content, VaryingKind::Reasoning("reasoning_content")),
            (self.reasoning, VaryingKind::Reasoning("reasoning")),
        ];
        let mut texts = texts.into_iter().filter(|(raw, _)| !silent(*raw));
        let (json, kind) = match (texts.next(), self.tool_calls.as_slice()) {
            (Some((raw, kind)), []) => (varying::quoted(raw?)?, kind),
            (None, [call]) => call.varying()?,
            _ => return None,
        };
        let arguments = if self.tool_calls.is_empty() { 0 } else { json.len() };
        let kept = self.kept_bytes() - arguments;
        texts.next().is_none().then_some(Varying { kind, json, kept })
    }

    fn raw_content(&self) -> Option<Raw<'a>> {
        self.content.as_ref().map(|text| text.raw)
    }

    /// Whether it holds any text.
    pub(super) fn has_text(&self) -> bool {
        self.raw_content().is_some_and(scalar::is_set)
    }

    /// Takes over another message's content.
    pub(super) fn take_text_of(&mut self, other: &Self) {
        self.content = other.raw_content().map(Text::from);
    }
}

fn string(raw: Raw<'_>) -> Option<String> {
    let text = raw.get().starts_with('"').then(|| json_string::decode(raw.get()));
    text.filter(|text| !text.is_empty())
}
