//! The one string in which a stream's chunk differs from its neighbours, if there is one.
//!
//! Chunks that hold more than that (a finish reason, counts, an error, several texts, keys to be sent
//! back) have none: each of them has to be read.

use ek_core::ToolCallFragment;

use super::envelope::Envelope;
use crate::json::scan::Raw;

/// What the string is.
#[derive(Debug)]
pub(crate) enum VaryingKind {
    Text,
    /// Under this key.
    Reasoning(&'static str),
    /// A piece of the arguments of one call, and the rest of that call.
    Arguments(Box<ToolCallFragment<'static>>),
}

/// The string, with what of the chunk matters beside it.
#[derive(Debug)]
pub(crate) struct Varying<'a> {
    pub(crate) kind: VaryingKind,
    /// As it stands there, with its quotes.
    pub(crate) json: &'a str,
    /// What counts as kept of the chunk besides this string, in bytes.
    pub(crate) kept: usize,
}

impl<'a> Envelope<'a> {
    /// The string: a chunk that differs from this one in nothing else, and comes after it, does the same
    /// with another text.
    pub(crate) fn varying(&self) -> Option<Varying<'a>> {
        if self.error().is_some() || self.has_usage() {
            return None;
        }
        let choices = &self.choices;
        if choices.other_with_calls.is_some() || choices.other_with_text.is_some() {
            return None;
        }
        choices.best.as_ref()?.varying()
    }

    /// Padding that some servers add to hide the lengths of tokens: a string that nobody reads.
    pub(crate) fn padding(&self) -> Option<&'a str> {
        self.obfuscation.and_then(quoted)
    }
}

/// A value that says nothing, wherever a text may stand.
pub(crate) fn is_silent(raw: Option<Raw<'_>>) -> bool {
    raw.is_none_or(|raw| matches!(raw.get(), "null" | "\"\""))
}

/// A string as it stands there.
pub(crate) fn quoted(raw: Raw<'_>) -> Option<&str> {
    Some(raw.get()).filter(|json| json.starts_with('"'))
}
