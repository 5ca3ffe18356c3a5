//! The one place that masks credentials by their shape.

mod named;
mod patterns;
mod tokens;
mod value;

use std::borrow::Cow;
use std::ops::Range;

use crate::debug_text::floor_char_boundary;
use patterns::Patterns;

/// What stands where a credential stood.
pub const REDACTED: &str = "[REDACTED]";

/// How much of a text [`redact`] reads, in bytes; what lies behind is cut off, never passed through.
pub const MAX_REDACT_BYTES: usize = 64 * 1024;

const CUT: &str = "[TRUNCATED]";

/// Masks everything in `text` that is shaped like a credential with `[REDACTED]`.
///
/// Known shapes: tokens by the beginning that their issuers give them (`sk-…`, `ghp_…`, `AIza…`, `hf_…`,
/// `xoxb-…`, `AKIA…`, `hvs.…` and some eighty more), JSON web tokens, private keys in PEM, the user part
/// of a URL, what follows `Bearer` and `Basic`, and what follows a name that
/// [`is_credential_name`](crate::is_credential_name) knows: `token=…`, `"api_key": "…"`,
/// `Authorization: Token …`, `Cookie: …`, `<password>…`, `API key provided: …`; also in JSON within JSON, in
/// HTML and in a query. A mark of the sentence behind it stays. A key without a shape of its own cannot be
/// recognised here; the HTTP provider masks the values that it was configured with as well.
///
/// Linear in time. At most [`MAX_REDACT_BYTES`] are read; a longer text ends in `[TRUNCATED]`. Masking what
/// was masked changes nothing.
///
/// ```
/// assert_eq!(ek_core::redact("bad key sk-abc123."), "bad key [REDACTED].");
/// assert_eq!(ek_core::redact("GET /?token=abc&x=1"), "GET /?token=[REDACTED]&x=1");
/// assert!(matches!(ek_core::redact("nothing to hide"), std::borrow::Cow::Borrowed(_)));
/// ```
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let head = &text[..floor_char_boundary(text, MAX_REDACT_BYTES)];
    let credentials = credentials(head);
    if credentials.is_empty() && head.len() == text.len() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::new();
    let mut copied = 0;
    for credential in credentials {
        masked.push_str(&head[copied..credential.start]);
        masked.push_str(REDACTED);
        copied = credential.end;
    }
    masked.push_str(&head[copied..]);
    if head.len() < text.len() {
        masked.push_str(CUT);
    }
    Cow::Owned(masked)
}

/// Where credentials stand, in order and apart from each other.
///
/// Each kind is looked for in the whole text: what one finds hides nothing from another.
fn credentials(text: &str) -> Vec<Range<usize>> {
    let Some(patterns) = Patterns::get() else {
        // Without patterns, any text may be one.
        return std::iter::once(0..text.len()).collect();
    };
    let mut found = Vec::new();
    for (mark, pattern) in [("PRIVATE", &patterns.pem), ("://", &patterns.userinfo)] {
        if text.contains(mark) {
            let secrets = pattern.captures_iter(text).filter_map(|found| found.name("secret"));
            found.extend(secrets.map(|secret| secret.range()));
        }
    }
    // What is a value is no name, but for its last word. What stands between a name and its value may be one.
    let (mut tokens_from, mut last_value) = (0, 0..0);
    for word in words(text) {
        for at in beginnings(text, word.clone()) {
            if at >= tokens_from
                && let Some(length) = patterns.token(&text[at..])
            {
                tokens_from = at + length;
                found.push(at..tokens_from);
            }
        }
        let is_within_value = last_value.contains(&word.start) && word.end < last_value.end;
        if !is_within_value && let Some(value) = named::value_after(text, word, &patterns.sign) {
            last_value = value.clone();
            found.push(value);
        }
    }
    found.sort_unstable_by_key(|credential: &Range<usize>| credential.start);
    found.dedup_by(|next, last| {
        let touches = next.start <= last.end;
        if touches {
            last.end = last.end.max(next.end);
        }
        touches
    });
    found
}

/// The words of a text, as names are written: `x-api-key` is one.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(|b| is_part_of_word(*b))?;
        at = start + bytes[start..].iter().take_while(|b| is_part_of_word(**b)).count();
        Some(start..at)
    })
}

fn is_part_of_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'-'
}

/// Where a token may begin in a word: at its parts.
fn beginnings(text: &str, word: Range<usize>) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let first = word.start;
    word.filter(move |at| {
        bytes[*at].is_ascii_alphanumeric()
            && (*at == first || !bytes[*at - 1].is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
