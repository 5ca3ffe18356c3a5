//! One choice of a reply: its message, or the delta of it, and how it ended.

use std::borrow::Cow;

use ek_core::FinishReason;

use super::message::Message;
use super::spelling::snake_case;
use super::usage::Counts;
use crate::failure::body::ErrorBody;
use crate::json::fields::Fields;
use crate::json::scan::{Raw, Scanner, Unreadable};
use crate::json::{scalar, string};

#[derive(Default)]
pub(crate) struct Choice<'a> {
    pub(crate) index: Option<Raw<'a>>,
    pub(crate) message: Option<Message<'a>>,
    pub(crate) delta: Option<Message<'a>>,
    pub(crate) finish_reason: Option<Raw<'a>>,
    pub(crate) usage: Option<Counts>,
    error: Option<Raw<'a>>,
    text: Option<Raw<'a>>,
    /// By its index, or else its position.
    pub(crate) order: u64,
}

impl<'a> Fields<'a> for Choice<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "index" => self.index = Some(value.value()?),
            "message" => self.message = message(value)?,
            "delta" => self.delta = message(value)?,
            "finish_reason" => self.finish_reason = Some(value.value()?),
            "usage" => self.usage = Some(value.value()?),
            "error" => self.error = Some(value.value()?),
            "text" => self.text = Some(value.value()?),
            _ => match snake_case(key) {
                // A null never undoes what stands under the usual key.
                Some(key) if value.peek()? != b'n' => self.field(&key, value)?,
                _ => value.skip()?,
            },
        }
        Ok(())
    }
}

/// A message, if there is one: servers in PHP write an empty object as an empty list.
fn message<'a>(value: &mut Scanner<'a>) -> Result<Option<Message<'a>>, Unreadable> {
    if value.peek()? == b'[' {
        let list: Raw<'a> = value.value()?;
        return Ok((list.get() != "[]").then(Message::of_no_object));
    }
    value.optional()
}

/// The words by which a finish reason tells a failure.
const FAILED: [&str; 2] = ["error", "network_error"];

impl<'a> Choice<'a> {
    /// The whole message of a unary reply; some servers answer with the one chunk they have, and some
    /// with the text of the older completions API.
    pub(crate) fn take_message(&mut self) -> Option<Message<'a>> {
        let is_blank = |found: &Option<Message<'_>>| found.as_ref().is_none_or(Message::is_blank);
        let mut found = self.message.take();
        if is_blank(&found) {
            found = self.delta.take().or(found);
        }
        if is_blank(&found) {
            found = self.text.take().map(Message::of_text).or(found);
        }
        found
    }

    /// The piece of a message in a stream's chunk, and whether it is a message as a whole instead, which
    /// may repeat what has come. Whole messages, and texts beside deltas, count only while no delta
    /// `has` brought anything.
    pub(crate) fn take_piece(&mut self, has: &mut bool) -> Option<(Message<'a>, bool)> {
        let text = self.text.filter(|_| self.message.is_none());
        *has = *has || self.delta.as_ref().map_or(text.is_some(), |delta| !delta.is_blank());
        if *has && self.delta.is_some() {
            return Some((self.delta.take()?, false));
        }
        if !*has && self.message.is_some() {
            return Some((self.message.take()?, true));
        }
        let found = text.map(Message::of_text).or_else(|| self.delta.take());
        found.map(|piece| (piece, false))
    }

    /// Whether this is the first choice, by its index or for want of one.
    pub(crate) fn is_first(&self) -> bool {
        self.order == 0
    }

    /// The message where it stands.
    fn present(&mut self) -> &mut Message<'a> {
        let message = self.take_message().unwrap_or_default();
        self.message.insert(message)
    }

    pub(crate) fn has_calls(&self) -> bool {
        let mut messages = self.message.iter().chain(&self.delta);
        messages.any(Message::has_calls)
    }

    pub(crate) fn has_text(&self) -> bool {
        let mut messages = self.message.iter().chain(&self.delta);
        messages.any(Message::has_text)
    }

    /// The server's word for the end of this choice.
    pub(crate) fn finish_word(&self) -> Option<Cow<'a, str>> {
        let json = self.finish_reason?.get();
        json.starts_with('"').then(|| string::read(json))
    }

    /// The error of this choice itself; the filter results beside it have errors of their own.
    pub(crate) fn error_object(&self) -> Option<ErrorBody> {
        let error = self.error.filter(|raw| scalar::is_set(*raw) && raw.get() != "{}");
        error.map(super::envelope::error_body).filter(ErrorBody::says_something)
    }

    /// The failure that the finish reason names, in the server's `words` if there are some.
    pub(crate) fn failure(&self, words: &str) -> Option<ErrorBody> {
        let word = self.finish_reason?.get();
        let word = word.strip_prefix('"').and_then(|word| word.strip_suffix('"')).unwrap_or(word);
        // `error` alone, or with a detail behind a colon.
        let is_failed = |failed: &&str| {
            let head = word.get(..failed.len()).unwrap_or_default();
            head.eq_ignore_ascii_case(failed)
                && matches!(word.as_bytes().get(failed.len()), None | Some(b':' | b' '))
        };
        if !FAILED.iter().any(is_failed) {
            return None;
        }
        let words = Some(words.trim()).filter(|words| !words.is_empty()).map(str::to_owned);
        let message = words.or(Some(format!("the generation failed (finish reason {word})")));
        Some(ErrorBody { message, ..ErrorBody::default() })
    }

    /// Whether the finish reason says why there is no message: the filter took it, or the limit.
    pub(crate) fn explains_silence(&self) -> bool {
        let reason = self.finish_word().and_then(|word| FinishReason::from_wire(&word));
        matches!(reason, Some(FinishReason::ContentFilter | FinishReason::Length))
    }

    /// Takes over calls and text from further choices, where this one has none: some servers put the
    /// text into one choice and the call into another.
    pub(crate) fn complete_from(&mut self, calls: Option<Box<Self>>, text: Option<Box<Self>>) {
        if let Some(mut other) = calls
            && !self.has_calls()
            && let Some(message) = other.take_message()
        {
            self.finish_reason = other.finish_reason.or(self.finish_reason);
            let has_text = self.has_text();
            let own = self.present();
            if !has_text {
                own.take_text_of(&message);
            }
            own.tool_calls = message.tool_calls;
        }
        if let Some(mut other) = text
            && !self.has_text()
            && self.has_calls()
            && let Some(message) = other.take_message()
        {
            self.present().take_text_of(&message);
        }
    }
}
