//! The outer object of a reply: what the reply does not need is skipped unread.

use std::fmt;
use std::marker::PhantomData;

use ek_core::Usage;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::choice::Choice;
use super::fields::{self, Fields};
use super::scan::Raw;
use super::{scalar, usage};
use crate::failure::body::ErrorBody;

/// What of the outer object matters. Keys given twice: the last one counts.
#[derive(Default)]
pub(crate) struct Envelope<'a> {
    pub(super) id: Option<Raw<'a>>,
    pub(super) model: Option<Raw<'a>>,
    pub(crate) choices: Choices<'a>,
    has_choices: bool,
    object: Option<Raw<'a>>,
    message: Option<Raw<'a>>,
    detail: Option<Raw<'a>>,
    usage: Option<Raw<'a>>,
    x_groq: Option<Raw<'a>>,
    error: Option<Raw<'a>>,
    pub(super) obfuscation: Option<Raw<'a>>,
}

impl Envelope<'_> {
    /// Whether there is anything to answer with: a choice, or an error in plain sight.
    pub(super) fn is_reply(&self) -> bool {
        self.choices.best.is_some() || self.error.is_some_and(scalar::is_set)
    }

    /// The reply's id.
    pub(crate) fn id(&self) -> Option<String> {
        self.id.and_then(scalar::text)
    }

    /// The model that answers.
    pub(crate) fn model(&self) -> Option<String> {
        self.model.and_then(scalar::text)
    }

    /// Whether there is anything of a stream's chunk: choices, counts, or an error.
    pub(crate) fn is_chunk(&self) -> bool {
        self.has_choices || self.usage.is_some() || self.error.is_some() || self.is_flat_error()
    }

    /// Whether a chunk of a stream is an error without an `error` around it.
    pub(crate) fn is_flat_error(&self) -> bool {
        let says = |raw: Option<Raw<'_>>| {
            raw.is_some_and(|raw| raw.get().len() > 2 && scalar::is_set(raw))
        };
        let named = self.object.is_some_and(|object| object.get() == "\"error\"");
        !self.has_choices && (named || says(self.message) || says(self.detail))
    }

    /// The error object, if it is more than a healthy reply's `"error": null`.
    pub(crate) fn error(&self) -> Option<ErrorBody> {
        let error = self.error.filter(|raw| scalar::is_set(*raw))?;
        if error.get() == "{}" && self.choices.best.is_some() {
            return None;
        }
        Some(error_body(error))
    }

    /// Whether counts stand anywhere; most chunks of a stream have none.
    pub(crate) fn has_usage(&self) -> bool {
        let choice = self.choices.best.as_ref().and_then(|choice| choice.usage);
        [self.usage, self.x_groq, choice].into_iter().flatten().any(scalar::is_set)
    }

    /// The counts, wherever they stand: the outer ones win over those of the choice.
    pub(crate) fn usage(&self) -> Usage {
        let mut counts = Usage::default();
        let x_groq = self.x_groq.and_then(|raw| fields::of::<XGroq<'_>>(raw.get()).ok());
        let places = [
            x_groq.and_then(|x| x.usage),
            self.choices.best.as_ref().and_then(|choice| choice.usage),
            self.usage,
        ];
        for place in places.into_iter().flatten() {
            counts.update(&usage::read(place));
        }
        counts
    }
}

/// Groq's own object.
#[derive(Default)]
struct XGroq<'a> {
    usage: Option<Raw<'a>>,
}

impl<'de: 'a, 'a> Fields<'de> for XGroq<'a> {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "usage" => self.usage = Some(map.next_value()?),
            _ => fields::skip(map)?,
        }
        Ok(())
    }
}

/// Reads a raw error value.
pub(super) fn error_body(raw: Raw<'_>) -> ErrorBody {
    let wrapped = format!("{{\"error\":{}}}", raw.get());
    ErrorBody::read(wrapped.as_bytes())
}

impl<'de: 'a, 'a> Fields<'de> for Envelope<'a> {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "id" => self.id = Some(map.next_value()?),
            "model" => self.model = Some(map.next_value()?),
            "choices" => {
                self.choices = map.next_value()?;
                self.has_choices = true;
            }
            "object" => self.object = Some(map.next_value()?),
            "message" => self.message = Some(map.next_value()?),
            "detail" => self.detail = Some(map.next_value()?),
            "usage" => self.usage = Some(map.next_value()?),
            "x_groq" => self.x_groq = Some(map.next_value()?),
            "error" => self.error = Some(map.next_value()?),
            "obfuscation" => self.obfuscation = Some(map.next_value()?),
            _ => fields::skip(map)?,
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Envelope<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fields::read(deserializer)
    }
}

/// The choices, folded as they are read: a million of them take no more memory than three.
#[derive(Default)]
pub(crate) struct Choices<'a> {
    /// The one with the smallest index, by position where there is none.
    pub(crate) best: Option<Choice<'a>>,
    /// The first other one with tool calls, and the first other one with text; rare, and boxed so that
    /// the envelope is small to move.
    pub(crate) other_with_calls: Option<Box<Choice<'a>>>,
    pub(crate) other_with_text: Option<Box<Choice<'a>>>,
}

impl<'a> Choices<'a> {
    fn take(&mut self, mut choice: Choice<'a>, position: u64) {
        choice.order = choice.index.and_then(scalar::count).unwrap_or(position);
        let loser = match self.best.take() {
            Some(best) if best.order <= choice.order => {
                self.best = Some(best);
                choice
            }
            Some(best) => {
                self.best = Some(choice);
                best
            }
            None => {
                self.best = Some(choice);
                return;
            }
        };
        if loser.has_calls() {
            self.other_with_calls.get_or_insert_with(|| Box::new(loser));
        } else if loser.has_text() {
            self.other_with_text.get_or_insert_with(|| Box::new(loser));
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Choices<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ChoicesVisitor<'a>(PhantomData<&'a ()>);

        impl<'de: 'a, 'a> Visitor<'de> for ChoicesVisitor<'a> {
            type Value = Choices<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("choices")
            }

            fn visit_unit<E>(self) -> Result<Choices<'a>, E> {
                Ok(Choices::default())
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Choices<'a>, M::Error> {
                // One choice without the array around it.
                let mut choices = Choices::default();
                let object = serde::de::value::MapAccessDeserializer::new(map);
                choices.take(Choice::deserialize(object)?, 0);
                Ok(choices)
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Choices<'a>, S::Error> {
                let mut choices = Choices::default();
                let mut position = 0;
                while let Some(choice) = seq.next_element::<Choice<'a>>()? {
                    choices.take(choice, position);
                    position += 1;
                }
                Ok(choices)
            }
        }

        deserializer.deserialize_any(ChoicesVisitor(PhantomData))
    }
}
