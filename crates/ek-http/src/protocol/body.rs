//! What every protocol does with a whole body: read it as it is, else mend and unwrap it, else say what
//! is wrong with it.

use std::borrow::Cow;

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::documents::{self, Framed};
use crate::failure::body::ErrorBody;
use crate::failure::html;
use crate::failure::read_fault::ReadFault;
use crate::json::mend;

/// How often a reply may be wrapped: in an array, under a key, in a string.
pub(super) const MAX_WRAPPERS: u8 = 3;

/// What tells a document of the protocol from any other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// What is wrong with a document that is no reply.
    pub(crate) missing: &'static str,
    /// A key that stands in every reply: a value that holds it may be one within a wrapper.
    pub(crate) wrapped: &'static str,
}

/// Reads a body by `read_one`, which gives `None` for a document that is no reply.
///
/// # Errors
/// The fault of the reply, or what the body is instead; [`ReadFault::Events`] where it holds several
/// documents.
pub(crate) fn read<T>(
    body: &[u8],
    found: Found,
    read_one: impl Fn(&str) -> Option<Result<T, ReadFault>>,
) -> Result<T, ReadFault> {
    if body.trim_ascii().is_empty() {
        return Err(ReadFault::malformed("the reply is empty"));
    }
    // Judged as UTF-8 once and as a whole, not string by string.
    let text = std::str::from_utf8(body).ok();
    if let Some(reply) = text.and_then(&read_one) {
        return reply;
    }
    let mended = mend::mend(body);
    let mut document = Cow::Borrowed(mended.trim_ascii());
    for _ in 0..=MAX_WRAPPERS {
        if let Some(reply) = read_one(&document) {
            return reply;
        }
        match mend::unwrap(&document, found.wrapped) {
            Some(inner) => document = Cow::Owned(inner),
            None => break,
        }
    }
    if let Some(lines) = several(&document) {
        return Err(ReadFault::Events(lines));
    }
    let first = text.and_then(|text| serde_json::from_str::<IgnoredAny>(text).err());
    Err(diagnose(&mended, first, found.missing))
}

/// The documents of a body that holds several, or one and the mark of a stream's end, as the events of
/// a stream.
fn several(text: &str) -> Option<Bytes> {
    let (mut events, mut count) = (String::with_capacity(text.len() + 64), 0_usize);
    let mut push = |data: &str| {
        for line in data.lines() {
            events.push_str("data: ");
            events.push_str(line);
            events.push('\n');
        }
        events.push('\n');
        count += 1;
        count
    };
    if let Some(items) = documents::items(text) {
        for item in items {
            push(item.get());
        }
        return Some(events.into());
    }
    let mut known = 0;
    for framed in documents::documents(text) {
        known = match framed {
            Framed::Document(raw) => push(raw.get()),
            Framed::Done => push("[DONE]"),
            // One document and rubbish is no list of them; else the stream's reader says what is wrong.
            Framed::Unreadable(_) if known <= 1 => return None,
            Framed::Unreadable(rest) => push(rest),
        };
    }
    (known > 1).then(|| events.into())
}

/// Why a body is no reply, after all.
fn diagnose(body: &str, first: Option<serde_json::Error>, missing: &str) -> ReadFault {
    if html::is_html(body) {
        return ReadFault::Core(html::error(body));
    }
    match serde_json::from_str::<&RawValue>(body) {
        Ok(document) if document.get().starts_with(['{', '[']) => {
            match ErrorBody::of_document(document.get()).filter(ErrorBody::says_something) {
                Some(read) => ReadFault::ErrorObject(Box::new(read)),
                None => ReadFault::malformed(missing),
            }
        }
        Ok(_) => ReadFault::malformed("the reply is JSON, but no object"),
        Err(now) if now.is_eof() => ReadFault::CutOff,
        Err(now) => {
            // The first error speaks of the bytes as they came.
            let e = first.filter(serde_json::Error::is_syntax).unwrap_or(now);
            let place = format!("line {}, column {}", e.line(), e.column());
            ReadFault::Malformed(format!("the reply is not JSON: fault at {place}"))
        }
    }
}
