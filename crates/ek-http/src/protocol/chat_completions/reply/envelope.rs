//! The outer object of a reply: what the reply does not need is skipped unread.

use ek_core::Usage;

use super::choice::Choice;
use super::spelling;
use super::usage::Counts;
use crate::failure::body::ErrorBody;
use crate::failure::signs::{Signs, is_hollow, is_sign};
use crate::json::fields::Fields;
use crate::json::scalar;
use crate::json::scan::{self, Raw, Readable, Scanner, Unreadable};

/// What of the outer object matters. Keys given twice: the last one counts.
#[derive(Default)]
pub(crate) struct Envelope<'a> {
    pub(crate) id: Option<Raw<'a>>,
    pub(crate) model: Option<Raw<'a>>,
    pub(crate) choices: Choices<'a>,
    has_choices: bool,
    object: Option<Raw<'a>>,
    usage: Option<Counts>,
    x_groq: Option<Raw<'a>>,
    error: Option<Raw<'a>>,
    signs: Signs<'a>,
    pub(crate) obfuscation: Option<Raw<'a>>,
}

impl Envelope<'_> {
    /// Whether there is anything to answer with: a choice, or an error in plain sight.
    pub(crate) fn is_reply(&self) -> bool {
        self.choices.best.is_some() || self.own_error().is_some() || self.signs.is_certain()
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
        let has_error = || self.own_error().is_some() || self.is_flat_error();
        self.has_choices || self.usage.is_some() || has_error()
    }

    /// Whether a chunk of a stream is an error without an `error` around it.
    pub(crate) fn is_flat_error(&self) -> bool {
        let named = self.object.is_some_and(|object| object.get() == "\"error\"");
        self.choices.best.is_none() && (named || self.signs.is_likely(self.has_counts()))
    }

    /// What failed, by an error object or by a vendor's envelope.
    pub(crate) fn error(&self) -> Option<ErrorBody> {
        let error = self.own_error();
        let is_error = error.is_some() || self.signs.is_certain();
        is_error.then(|| self.signs.error_body(error.map(Raw::get)))
    }

    /// The error object; one of empties is none.
    fn own_error(&self) -> Option<Raw<'_>> {
        let says = |error: &Raw<'_>| scalar::is_set(*error) && !is_hollow(error.get());
        self.error.filter(says).or_else(|| self.x_groq()?.error.filter(says))
    }

    fn has_counts(&self) -> bool {
        self.usage.is_some_and(|counts| counts.is_set)
    }

    fn x_groq(&self) -> Option<XGroq<'_>> {
        scan::read(self.x_groq?.get()).ok()
    }

    /// Whether counts stand anywhere; most chunks of a stream have none.
    pub(crate) fn has_usage(&self) -> bool {
        let choice = self.choices.best.as_ref().and_then(|choice| choice.usage);
        let counts = self.usage.into_iter().chain(choice).any(|counts| counts.is_set);
        counts || self.x_groq.is_some_and(scalar::is_set)
    }

    /// The counts, wherever they stand: the outer ones win over those of the choice.
    pub(crate) fn usage(&self) -> Usage {
        let mut counts = Usage::default();
        let places = [
            self.x_groq().and_then(|x| x.usage),
            self.choices.best.as_ref().and_then(|choice| choice.usage),
            self.usage,
        ];
        for place in places.into_iter().flatten() {
            counts.update(&place.usage);
        }
        counts
    }
}

/// Groq's own object.
#[derive(Default)]
struct XGroq<'a> {
    usage: Option<Counts>,
    error: Option<Raw<'a>>,
}

impl<'a> Fields<'a> for XGroq<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "usage" => self.usage = Some(value.value()?),
            "error" => self.error = Some(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

/// Reads a raw error value.
pub(crate) fn error_body(raw: Raw<'_>) -> ErrorBody {
    let wrapped = format!("{{\"error\":{}}}", raw.get());
    ErrorBody::read(wrapped.as_bytes())
}

impl<'a> Fields<'a> for Envelope<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "id" => self.id = Some(value.value()?),
            "model" => self.model = Some(value.value()?),
            "choices" => {
                self.choices = value.value()?;
                self.has_choices = true;
            }
            "object" => self.object = Some(value.value()?),
            "usage" => self.usage = Some(value.value()?),
            "x_groq" => self.x_groq = Some(value.value()?),
            "error" => self.error = Some(value.value()?),
            "obfuscation" => self.obfuscation = Some(value.value()?),
            // What healthy replies have, and what is not looked up.
            "created" | "system_fingerprint" | "service_tier" | "provider" => value.skip()?,
            _ if is_sign(key) => self.signs.take(key, value.value::<Raw<'a>>()?.get()),
            _ => value.skip()?,
        }
        Ok(())
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

/// A list, or one choice without the list around it.
impl<'a> Readable<'a> for Choices<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        let mut choices = Choices::default();
        match scanner.peek()? {
            b'n' => scanner.skip()?,
            b'{' | b'[' => {
                let mut position = 0;
                spelling::items(scanner, |choice| {
                    if let Some(choice) = choice {
                        choices.take(choice, position);
                    }
                    position += 1;
                    Ok(())
                })?;
            }
            _ => return Err(Unreadable),
        }
        Ok(choices)
    }
}
