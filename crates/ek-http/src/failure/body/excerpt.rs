//! What may be shown of a text that is no document, or one that cannot be read.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::echo::{before_echo, is_echo, without_echoes};
use super::tree::is_message;
use super::{ErrorBody, MAX_DEPTH};
use crate::failure::signs::is_hollow_value;

/// How much of a body is kept in order to show some of it, in bytes.
const MAX_BYTES: usize = 1024;

impl ErrorBody {
    /// Reads a text that is no document that can be read.
    pub(super) fn of_unreadable(text: &str) -> Self {
        let is_document = text.starts_with(['{', '[']);
        if let Some(said) = is_document.then(|| salvaged(text, 0)).flatten() {
            return Self { message: Some(said), ..Self::default() };
        }
        // FastAPI sends the request back beside its message, and a long one is what gets such a body cut.
        let ends_early = |fault: serde_json::Error| fault.is_eof();
        let is_cut = is_document && serde_json::from_str::<IgnoredAny>(text).is_err_and(ends_early);
        let message = bounded(before_echo(text)).filter(|_| !is_cut);
        Self { message, is_excerpt: true, ..Self::default() }
    }
}

/// What may be shown of a document that says nothing under a known name. `has_code`: it has a code, and is
/// shown only where it says more than that.
pub(super) fn excerpt(value: &Value, has_code: bool) -> Option<String> {
    let shown = without_echoes(value);
    let says = if has_code { has_prose(&shown) } else { !is_hollow_value(&shown) };
    says.then(|| bounded(&shown.to_string()))?
}

/// Whether any text of a document is more than a word.
fn has_prose(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim().contains(char::is_whitespace),
        Value::Array(items) => items.iter().any(has_prose),
        Value::Object(members) => members.values().any(has_prose),
        _ => false,
    }
}

/// The first message in a document that cannot be read as a whole, if it comes before any echo.
fn salvaged(text: &str, depth: u8) -> Option<String> {
    let mut rest = text;
    loop {
        let (name, after) = string(&rest[rest.find('"')?..])?;
        rest = after;
        let Some(value) = after.trim_start().strip_prefix(':') else { continue };
        if is_echo(name) {
            return None;
        }
        if !is_message(name) {
            continue;
        }
        let (found, _) = string(value.trim_start()).unwrap_or_default();
        if !found.is_empty() {
            let whole: Option<String> = serde_json::from_str(&format!("\"{found}\"")).ok();
            return said(whole.as_deref().unwrap_or(found), depth);
        }
    }
}

/// What a message says that may itself be a part of a document.
fn said(text: &str, depth: u8) -> Option<String> {
    if text.trim_start().starts_with(['{', '[']) {
        return (depth < MAX_DEPTH).then(|| salvaged(text, depth + 1))?;
    }
    Some(before_echo(text).to_owned()).filter(|text| !text.is_empty())
}

/// The inside of the string that opens the text, as it is written, and what comes behind it. The end of
/// the text ends it too.
fn string(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = inside.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    Some(end.map_or((inside, ""), |end| (&inside[..end], &inside[end + 1..])))
}

/// A bounded piece of a text, on one line.
fn bounded(text: &str) -> Option<String> {
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let piece = text[..end].split_whitespace().collect::<Vec<_>>().join(" ");
    Some(piece).filter(|piece| !piece.is_empty())
}
