//! Reads an error body in any shape that servers write.
//!
//! The shapes: an OpenAI object, also flat or in an array; FastAPI's `detail`; problem+json; a bare string;
//! a message that is itself JSON; HTML; plain text; events; a cut document; nothing.

mod echo;
mod excerpt;
#[cfg(test)]
mod tests;
mod tree;

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::retry_hint::{BodyHints, BodySays};
use super::{html, words};
use crate::sse::looks_like_events;

/// The longest document that is read as a tree, in bytes.
const MAX_TREE_BYTES: usize = 64 * 1024;

/// How deep nested objects are read.
const MAX_DEPTH: u8 = 8;

/// The content of an error body. Its texts are raw: mask them before you show them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    pub(crate) message: Option<String>,
    /// The message is the beginning of a body without known names. It has no echoes.
    pub(crate) is_excerpt: bool,
    /// The provider's code for the error.
    pub(crate) code: Option<String>,
    /// The provider's class of the error (`type`).
    pub(crate) class: Option<String>,
    /// Codes and types from anywhere in the body.
    pub(crate) words: Vec<String>,
    /// An HTTP status named in the body.
    pub(crate) status: Option<u16>,
    /// The fields that say when to retry.
    pub(crate) hints: BodyHints,
}

impl ErrorBody {
    /// The parts that may say when to retry.
    pub(super) fn says(&self) -> BodySays<'_> {
        BodySays { hints: &self.hints, message: self.message.as_deref() }
    }

    /// Reads the body of an error answer.
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
            let excerpt = excerpt::excerpt(&value, code.is_some());
            read.is_excerpt = excerpt.is_some();
            read.message = excerpt.or(code);
        }
        read
    }

    /// The message of a body that is plain text. `None` if the body may be part of a reply.
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

    /// Reads a document that may be an error. `None` if it is not JSON or too large. The message quotes only
    /// fields of errors.
    pub(crate) fn of_document(text: &str) -> Option<Self> {
        let value = tree(text)?;
        let mut read = Self::of_value(&value);
        // An event may have a type and nothing else, such as the `ping` of a gateway.
        let is_event = read.class.is_some() && read.class.as_deref() == value["type"].as_str();
        if !is_event || words::names_an_error(&read) {
            read.message = read.message.take().or_else(|| read.first_word());
        }
        Some(read)
    }

    fn of_value(value: &Value) -> Self {
        let mut read = Self::default();
        read.take_document(value, 0);
        read
    }

    /// Whether the body says anything about an error.
    pub(crate) fn says_something(&self) -> bool {
        self.message.is_some() || self.own_status().is_some()
    }

    /// The code or else the class, for a body without a message.
    fn first_word(&self) -> Option<String> {
        let mut words = [&self.code, &self.class].into_iter().flatten();
        words.find(|word| http_status(word).is_none()).cloned()
    }

    /// The most specific code: the provider's code, or the class if the code is only a status.
    pub(super) fn best_code(&self) -> Option<&str> {
        let code = self.code.as_deref();
        code.filter(|code| http_status(code).is_none()).or(self.class.as_deref()).or(code)
    }

    /// The HTTP status in the body: a status field or else a numeric code.
    pub(crate) fn own_status(&self) -> Option<u16> {
        self.status.or_else(|| self.code.as_deref().and_then(http_status))
    }
}

/// An error status (4xx, 5xx). Other numbers are the provider's own codes.
fn http_status(word: &str) -> Option<u16> {
    word.parse().ok().filter(|status| (400..=599).contains(status))
}

/// Parses a document, unless it is large: a tree takes many times the memory of its text.
fn tree(text: &str) -> Option<Value> {
    Some(text).filter(|text| text.len() <= MAX_TREE_BYTES).and_then(parse)
}

/// Parses a document. Mends it if it is almost JSON.
fn parse(text: &str) -> Option<Value> {
    if !text.starts_with(['{', '[', '"']) {
        return None;
    }
    let parsed = serde_json::from_str(text).ok();
    parsed.or_else(|| match crate::json::mend::mend(text.as_bytes()) {
        Cow::Owned(mended) => serde_json::from_str(&mended).ok(),
        Cow::Borrowed(_) => None,
    })
}

/// The data of the first event, if the body is an event stream.
fn data_of_events(text: &str) -> &str {
    if !looks_like_events(text.as_bytes()) {
        return text;
    }
    let mut data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    data.find_map(|data| Some(data.trim()).filter(|data| !data.is_empty())).unwrap_or(text)
}
