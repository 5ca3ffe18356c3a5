//! The one string in which a stream's chunk differs from its neighbours, if there is one.
//!
//! Chunks that hold more than that (a finish reason, counts, an error, several texts, keys to be sent
//! back) have none: each of them has to be read.

use ek_core::ToolCallFragment;

use crate::json::scalar::is_silent;
use crate::json::scan::Raw;
use crate::protocol::chat_completions::reply::{
    CallFields, Choice, Envelope, Message, REASONING, Texts,
};

/// What the string is.
#[derive(Debug)]
pub(crate) enum VariableKind {
    Text,
    /// Under this key.
    Reasoning(&'static str),
    /// A piece of the arguments of one call, and the rest of that call.
    Arguments(Box<ToolCallFragment<'static>>),
}

/// The string, with what of the chunk matters beside it.
#[derive(Debug)]
pub(crate) struct Variable<'a> {
    pub(crate) kind: VariableKind,
    /// As it stands there, with its quotes.
    pub(crate) json: &'a str,
    /// What counts as kept of the chunk besides this string, in bytes.
    pub(crate) retained: usize,
}

impl<'a> Envelope<'a> {
    /// The string: a chunk that differs from this one in nothing else, and comes after it, does the same
    /// with another text.
    pub(crate) fn variable(&self) -> Option<Variable<'a>> {
        if self.error().is_some() || self.has_usage() {
            return None;
        }
        let choices = &self.choices;
        if choices.other_with_calls.is_some() || choices.other_with_text.is_some() {
            return None;
        }
        choices.best.as_ref()?.variable()
    }

    /// The padding that some servers add to hide the lengths of tokens. It has no meaning.
    pub(crate) fn padding(&self) -> Option<&'a str> {
        self.obfuscation.and_then(quoted)
    }
}

impl<'a> Choice<'a> {
    /// See [`Envelope::variable`].
    fn variable(&self) -> Option<Variable<'a>> {
        let ends = !is_silent(self.finish_reason);
        if !self.is_first() || ends || self.message.is_some() || self.error_object().is_some() {
            return None;
        }
        self.delta.as_ref()?.variable()
    }
}

impl<'a> Message<'a> {
    /// See [`Envelope::variable`].
    fn variable(&self) -> Option<Variable<'a>> {
        let silent = is_silent;
        if self.is_odd || !silent(self.refusal) || !self.returned.is_empty() {
            return None;
        }
        let content = self.raw_content().filter(|raw| !silent(Some(*raw)));
        let (json, kind) = match (content, self.reasoning, self.tool_calls.as_slice()) {
            (Some(raw), None, []) => (quoted(raw)?, VariableKind::Text),
            (None, Some((at, raw)), []) if !self.reasoning_again => {
                (quoted(raw)?, VariableKind::Reasoning(REASONING[at]))
            }
            (None, None, [call]) => call.variable()?,
            _ => return None,
        };
        let arguments = if self.tool_calls.is_empty() { 0 } else { json.len() };
        let retained = self.kept_bytes(&Texts::default()) - arguments;
        Some(Variable { kind, json, retained })
    }
}

impl<'a> CallFields<'a> {
    /// The arguments, and the rest of the call. See [`Envelope::variable`].
    fn variable(&self) -> Option<(&'a str, VariableKind)> {
        let json = quoted(self.inner.input?)?;
        let whole = self.fragment();
        if !whole.extra.is_empty() {
            return None;
        }
        let mut rest = ToolCallFragment::new();
        rest.index = whole.index;
        rest.id = whole.id.map(|id| id.into_owned().into());
        rest.name = whole.name.map(|name| name.into_owned().into());
        rest.custom = whole.custom;
        Some((json, VariableKind::Arguments(Box::new(rest))))
    }
}

/// A string as it stands there.
fn quoted(raw: Raw<'_>) -> Option<&str> {
    Some(raw.get()).filter(|json| json.starts_with('"'))
}
