//! One choice of a reply and the message in it.

use ek_core::ReasoningForm;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess};
use serde_json::value::RawValue;

use super::calls::{CallFields, Calls};
use super::content::{self, Content};
use super::fields::{self, Fields, Text};
use super::scalar;
use crate::failure::body::ErrorBody;

#[derive(Default)]
pub(super) struct Choice<'a> {
    pub(super) index: Option<&'a RawValue>,
    pub(super) message: Option<Message<'a>>,
    pub(super) finish_reason: Option<&'a RawValue>,
    pub(super) usage: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
    /// By its index, or else its position.
    pub(super) order: u64,
}

impl<'de: 'a, 'a> Fields<'de> for Choice<'a> {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "index" => self.index = Some(map.next_value()?),
            "message" => self.message = map.next_value()?,
            // Some servers answer a unary request with the one chunk they have.
            "delta" if self.message.is_none() => self.message = map.next_value()?,
            "finish_reason" => self.finish_reason = Some(map.next_value()?),
            "usage" => self.usage = Some(map.next_value()?),
            "error" => self.error = Some(map.next_value()?),
            // The text of the older completions API, where there is no message.
            "text" if self.message.is_none() => {
                if let Text(Some(text)) = map.next_value()? {
                    self.message = Some(Message::of_text(text));
                }
            }
            _ => fields::skip(map)?,
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Choice<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fields::read(deserializer)
    }
}

impl<'a> Choice<'a> {
    pub(super) fn has_calls(&self) -> bool {
        self.message
            .as_ref()
            .is_some_and(|m| !m.tool_calls.is_empty())
    }

    pub(super) fn has_text(&self) -> bool {
        self.message
            .as_ref()
            .is_some_and(|m| !m.content.text.is_empty())
    }

    /// The error of this choice itself; the filter results beside it have errors of their own.
    pub(super) fn error(&self) -> Option<ErrorBody> {
        let error = self
            .error
            .filter(|raw| scalar::is_set(raw) && raw.get() != "{}")?;
        Some(super::envelope::error_body(error))
    }

    /// Takes over calls and text from further choices, where this one has none: some servers put the
    /// text into one choice and the call into another.
    pub(super) fn complete_from(&mut self, calls: Option<Self>, text: Option<Self>) {
        if !self.has_calls()
            && let Some(Choice {
                message: Some(other),
                finish_reason,
                ..
            }) = calls
        {
            let message = self.message.get_or_insert_default();
            message.tool_calls = other.tool_calls;
            self.finish_reason = finish_reason.or(self.finish_reason);
            if message.content.text.is_empty() {
                message.content.text = other.content.text;
            }
        }
        if !self.has_text()
            && self.has_calls()
            && let Some(Choice {
                message: Some(other),
                ..
            }) = text
        {
            self.message.get_or_insert_default().content.text = other.content.text;
        }
    }
}

/// What of a message matters.
#[derive(Default)]
pub(super) struct Message<'a> {
    pub(super) content: Content,
    pub(super) reasoning: Reasoning<'a>,
    pub(super) refusal: Option<String>,
    pub(super) tool_calls: Vec<CallFields<'a>>,
    /// Keys to be sent back on the next turn.
    pub(super) to_return: Vec<(&'static str, &'a RawValue)>,
}

impl Message<'_> {
    fn of_text(text: String) -> Self {
        Self {
            content: Content {
                text,
                ..Content::default()
            },
            ..Self::default()
        }
    }
}

impl<'de: 'a, 'a> Fields<'de> for Message<'a> {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "content" => self.content = map.next_value()?,
            "reasoning_content" => self.reasoning.content = map.next_value::<Text>()?.0,
            "reasoning" => self.reasoning.plain = map.next_value::<Text>()?.0,
            "reasoning_details" => {
                let details = map.next_value()?;
                self.reasoning.details = Some(details);
                self.to_return.push(("reasoning_details", details));
            }
            "refusal" => self.refusal = map.next_value::<Text>()?.0,
            "tool_calls" => self.tool_calls = map.next_value::<Calls<'a>>()?.0,
            "function_call" => {
                if let Some(call) = map.next_value::<Option<CallFields<'a>>>()?
                    && self.tool_calls.is_empty()
                    && call.is_legacy()
                {
                    self.tool_calls.push(call);
                }
            }
            "extra_content" => self.to_return.push(("extra_content", map.next_value()?)),
            "thinking_blocks" => self.to_return.push(("thinking_blocks", map.next_value()?)),
            _ => fields::skip(map)?,
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Message<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fields::read(deserializer)
    }
}

/// Reasoning in the several places where servers put it, often the same text in two of them.
#[derive(Default)]
pub(super) struct Reasoning<'a> {
    content: Option<String>,
    plain: Option<String>,
    details: Option<&'a RawValue>,
}

impl Reasoning<'_> {
    /// The text from the first place that has one, and the form in which it came.
    pub(super) fn settle(self, thinking_parts: String) -> (Option<String>, ReasoningForm) {
        let some = |text: &String| !text.is_empty();
        let has_details = self.details.is_some_and(scalar::is_set);
        let details = self
            .details
            .map(|raw| content::detail_text(raw.get()))
            .filter(some);
        let form = |form| {
            if has_details {
                ReasoningForm::Details
            } else {
                form
            }
        };
        if let Some(text) = self.content.filter(some) {
            return (Some(text), form(ReasoningForm::Field("reasoning_content")));
        }
        if let Some(text) = self.plain.filter(some) {
            return (Some(text), form(ReasoningForm::Field("reasoning")));
        }
        if let Some(text) = details {
            return (Some(text), ReasoningForm::Details);
        }
        if thinking_parts.is_empty() {
            return (None, ReasoningForm::default());
        }
        (Some(thinking_parts), ReasoningForm::ThinkingPart)
    }
}
