//! The excerpt of a body that has no known fields or cannot be parsed.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::echo::{before_echo, is_echo, without_echoes};
use super::tree::is_message;
use super::{ErrorBody, MAX_DEPTH};
use crate::cut_text::head;
use crate::failure::signs::is_hollow_value;
use crate::json::string::closing_quote;

/// The longest excerpt, in bytes.
const MAX_BYTES: usize = 1024;

impl ErrorBody {
    /// Reads a body that cannot be parsed.
    pub(super) fn of_unreadable(text: &str) -> Self {
        let is_document = text.starts_with(['{', '[']);
        if let Some(said) = is_document.then(|| salvaged(text, 0)).flatten() {
            return Self { message: Some(said), ..Self::default() };
        }
        // FastAPI echoes the request, and an echo is what makes a body so long that it is cut.
        let ends_early = |fault: serde_json::Error| fault.is_eof();
        let is_cut = is_document && serde_json::from_str::<IgnoredAny>(text).is_err_and(ends_early);
        let message = bounded(before_echo(text)).filter(|_| !is_cut);
        Self { message, is_excerpt: true, ..Self::default() }
    }
}

/// The excerpt of a document without a message. A document that has a code is shown only if it says more
/// than the code.
pub(super) fn excerpt(value: &Value, has_code: bool) -> Option<String> {
    let shown = without_echoes(value);
    let says = if has_code { has_prose(&shown) } else { !is_hollow_value(&shown) };
    says.then(|| bounded(&shown.to_string()))?
}

/// Whether any text of a document has more than one word.
fn has_prose(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim().contains(char::is_whitespace),
        Value::Array(items) => items.iter().any(has_prose),
        Value::Object(members) => members.values().any(has_prose),
        _ => false,
    }
}

/// The first message in a document that cannot be parsed, if no echo stands before it.
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

/// The text of a message that may itself be a part of a document.
fn said(text: &str, depth: u8) -> Option<String> {
    if text.trim_start().starts_with(['{', '[']) {
        return (depth < MAX_DEPTH).then(|| salvaged(text, depth + 1))?;
    }
    Some(before_echo(text).to_owned()).filter(|text| !text.is_empty())
}

/// The raw characters of the string at the beginning of a text, and the rest. The end of the text also ends
/// the string.
fn string(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('"')?;
    let end = closing_quote(inside.as_bytes());
    Some(end.map_or((inside, ""), |end| (&inside[..end], &inside[end + 1..])))
}

/// The beginning of a text, on one line.
fn bounded(text: &str) -> Option<String> {
    let piece = head(text, MAX_BYTES).split_whitespace().collect::<Vec<_>>().join(" ");
    Some(piece).filter(|piece| !piece.is_empty())
}
