//! What an error body says, in any of the shapes that servers write.
//!
//! An OpenAI object, the same flat or in an array, FastAPI's `detail`, problem+json, a bare string, a
//! message that is itself JSON, HTML, plain text, events, half a document, nothing.

mod echo;
mod piece;
#[cfg(test)]
mod tests;
mod tree;

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::html;
use super::retry_hint::{BodyHints, BodySays};

/// The longest document that is read as a tree, in bytes.
const MAX_TREE_BYTES: usize = 64 * 1024;

/// How many objects within objects are looked into.
const MAX_DEPTH: u8 = 8;

/// What could be read of an error body. Texts are raw: mask them before they are shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    pub(crate) message: Option<String>,
    /// The message is the beginning of a body of any length, without what that may echo.
    pub(crate) is_excerpt: bool,
    /// The provider's own word or number for the error.
    pub(crate) code: Option<String>,
    /// Its class by the provider's own taxonomy (`type`).
    pub(crate) class: Option<String>,
    /// Codes and types from anywhere in the body.
    pub(crate) words: Vec<String>,
    /// An HTTP status named in the body.
    pub(crate) status: Option<u16>,
    /// When to come back, by fields of the body.
    pub(crate) hints: BodyHints,
}

impl ErrorBody {
    /// What of it may hold a wait.
    pub(super) fn says(&self) -> BodySays<'_> {
        BodySays { hints: &self.hints, message: self.message.as_deref() }
    }

    /// Reads the body of an answer that is known to be an error.
    pub(crate) fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        let text = data_of_events(text);
        if html::is_html(text) {
            return Self { message: html::title(text), ..Self::default() };
        }
        let Some(value) = tree(text) else { return Self::of_unreadable(text) };
        let mut read = Self::of_value(&value);
        if read.message.is_none() {
            let code = read.first_word();
            let excerpt = piece::excerpt(&value, code.is_some());
            read.is_excerpt = excerpt.is_some();
            read.message = excerpt.or(code);
        }
        read
    }

    /// What a body says that is a text and no document; `None` where it may be a piece of a reply.
    pub(crate) fn of_text(body: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}').trim();
        if text.starts_with('"') {
            return serde_json::from_str(text).ok();
        }
        let is_document = text.starts_with(['{', '[', '<']);
        let is_binary = text.chars().any(|c| c.is_control() && !c.is_whitespace());
        let is_value = serde_json::from_str::<IgnoredAny>(text).is_ok();
        let is_text = !is_document && !is_binary && !is_value;
        is_text.then(|| Self::of_unreadable(text).message)?
    }

    /// Reads a document that may be an error; `None` if it is no JSON, or more of it than is worth a
    /// tree. Quotes nothing but what an error says.
    pub(crate) fn of_document(text: &str) -> Option<Self> {
        let mut read = Self::of_value(&tree(text)?);
        read.message = read.message.take().or_else(|| read.first_word());
        Some(read)
    }

    fn of_value(value: &Value) -> Self {
        let mut read = Self::default();
        read.take_document(value, 0);
        read
    }

    /// Whether the body says anything of an error at all.
    pub(crate) fn says_something(&self) -> bool {
        self.message.is_some() || self.own_status().is_some()
    }

    /// The code, else the class: better than no message.
    fn first_word(&self) -> Option<String> {
        let mut words = [&self.code, &self.class].into_iter().flatten();
        words.find(|word| http_status(word).is_none()).cloned()
    }

    /// The word or number that says most of the error: a code, unless it only repeats a status.
    pub(super) fn best_code(&self) -> Option<&str> {
        let code = self.code.as_deref();
        code.filter(|code| http_status(code).is_none()).or(self.class.as_deref()).or(code)
    }

    /// An HTTP status by the body's own word: a status field, else a numeric code.
    pub(crate) fn own_status(&self) -> Option<u16> {
        self.status.or_else(|| self.code.as_deref().and_then(http_status))
    }
}

/// An error status (4xx, 5xx); other numbers are codes of the provider's own.
fn http_status(word: &str) -> Option<u16> {
    word.parse().ok().filter(|status| (400..=599).contains(status))
}

/// A document as a tree; a large one would take many times its room.
fn tree(text: &str) -> Option<Value> {
    Some(text).filter(|text| text.len() <= MAX_TREE_BYTES).and_then(parse)
}

/// Parses a document, with lone surrogates and the like mended.
fn parse(text: &str) -> Option<Value> {
    if !text.starts_with(['{', '[', '"']) {
        return None;
    }
    let parsed = serde_json::from_str(text).ok();
    parsed.or_else(|| match crate::json::mend::mend(text.as_bytes()) {
        Cow::Owned(mended) => serde_json::from_slice(&mended).ok(),
        Cow::Borrowed(_) => None,
    })
}

/// The data of a stream of events, where an error is sent as one.
fn data_of_events(text: &str) -> &str {
    if !["data:", "event:", "id:", ":"].iter().any(|field| text.starts_with(field)) {
        return text;
    }
    let mut data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    data.find_map(|data| Some(data.trim()).filter(|data| !data.is_empty())).unwrap_or(text)
}
