//! The one place that masks credentials by their shape.

mod shapes;

use std::borrow::Cow;

use crate::obscure::floor_char_boundary;
use shapes::{Found, Kind, Shapes};

/// What stands where a credential stood.
pub const REDACTED: &str = "[REDACTED]";

/// How much of a text [`redact`] reads, in bytes; what lies behind is cut off, never passed through.
pub const MAX_REDACT_BYTES: usize = 64 * 1024;

const CUT: &str = "[TRUNCATED]";

/// Masks everything in `text` that is shaped like a credential with `[REDACTED]`.
///
/// Known shapes: `sk-…` and its kin, `Bearer …` and `Basic …`, `token=…`, `api_key=…`, `password: …`
/// and other telling names, `gh?_…`, `AIza…`, `xox?-…`, `gsk_…`, `hf_…`, AWS key ids, JSON web tokens,
/// and the user part of a URL. A key without a shape of its own cannot be recognised here; the HTTP
/// provider masks the values that it was configured with as well.
///
/// Linear in time. At most [`MAX_REDACT_BYTES`] are read; a longer text ends in `[TRUNCATED]`.
///
/// ```
/// assert_eq!(ek_core::redact("bad key sk-abc123"), "bad key [REDACTED]");
/// assert_eq!(ek_core::redact("GET /?token=abc&x=1"), "GET /?token=[REDACTED]&x=1");
/// assert!(matches!(ek_core::redact("nothing to hide"), std::borrow::Cow::Borrowed(_)));
/// ```
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let head = &text[..floor_char_boundary(text, MAX_REDACT_BYTES)];
    let mut masked = String::new();
    let mut copied = 0;
    for found in Shapes::of(head).filter(|found| is_secret(head, found)) {
        masked.push_str(&head[copied..found.start]);
        masked.push_str(REDACTED);
        copied = found.end;
    }
    if copied == 0 && head.len() == text.len() {
        return Cow::Borrowed(text);
    }
    masked.push_str(&head[copied..]);
    if head.len() < text.len() {
        masked.push_str(CUT);
    }
    Cow::Owned(masked)
}

/// Whether it is more than its place suggests.
fn is_secret(text: &str, found: &Found) -> bool {
    let value = &text[found.start..found.end];
    match found.kind {
        Kind::Certain => true,
        Kind::OfScheme => !value.starts_with("[REDACTED") && !is_plain_word(value),
        Kind::OfName { assigned, has_scheme } => {
            // A bare colon is also how sentences go: `invalid key: expected a string`.
            !value.starts_with("[REDACTED")
                && !is_small_number(value)
                && (assigned || has_scheme || looks_secret(value))
        }
    }
}

/// Words that follow "bearer" or "basic" in prose.
fn is_plain_word(word: &str) -> bool {
    const WORDS: [&str; 14] = [
        "token",
        "tokens",
        "auth",
        "authentication",
        "authorization",
        "scheme",
        "header",
        "format",
        "credential",
        "credentials",
        "realm",
        "is",
        "was",
        "or",
    ];
    let word = word.trim_end_matches(['.', ':', '!', '?']);
    WORDS.iter().any(|w| w.eq_ignore_ascii_case(word))
}

/// `max_token=4096` is a setting.
fn is_small_number(value: &str) -> bool {
    value.len() < 8 && value.bytes().all(|b| b.is_ascii_digit())
}

fn looks_secret(value: &str) -> bool {
    value.len() >= 20 || (value.len() >= 6 && value.bytes().any(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod pattern;
#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_the_dialect_rules_is_masked() {
        for (text, masked) in [
            ("key sk-FAKEfake0000.", "key [REDACTED]"),
            ("sk-proj-FAKE_fake-1234 x", "[REDACTED] x"),
            ("BEARER FAKEfake0000 and", "BEARER [REDACTED] and"),
            ("'Authorization: Bearer FAKE.fake-x_Y'", "'Authorization: Bearer [REDACTED]'"),
            ("Token=FAKEfake1111 and", "Token=[REDACTED] and"),
            ("api_key=FAKEfake2222", "api_key=[REDACTED]"),
            ("OPENAI_API_KEY: FAKEfake2222", "OPENAI_API_KEY: [REDACTED]"),
            (r#"{"token":"abc","n":1}"#, r#"{"token":"[REDACTED]","n":1}"#),
            (r#"{\"apiKey\": \"abc\"}"#, r#"{\"apiKey\": \"[REDACTED]\"}"#),
            ("ghp_FAKE1234 gsk_FAKE1234 xoxb-FAKE-12", "[REDACTED] [REDACTED] [REDACTED]"),
            ("AIzaFAKE1234", "[REDACTED]"),
            ("?key=AIzaFAKE1234&x=1", "?key=[REDACTED]&x=1"),
            ("http://u:p@host/x", "http://[REDACTED]@host/x"),
            ("eyJhbGciOi.eyJzdWIi.c2ln", "[REDACTED]"),
            ("Denied for Bearer Bearer FAKE1234 now", "Denied for Bearer Bearer [REDACTED] now"),
            ("Authorization: Bearer bearer FAKE1", "Authorization: Bearer bearer [REDACTED]"),
        ] {
            assert_eq!(redact(text), masked, "{text}");
        }
    }

    #[test]
    fn prose_that_only_speaks_of_credentials_stays_as_it_is() {
        for text in [
            "login fail: secret key absent (1004)",
            "Authentication Error, proxy token unknown.",
            "a bearer token is required",
            "invalid key: expected a string",
            "max_tokens=4096 is too many tokens: 5000",
            "tokens per min (TPM): Limit 900",
            "task-based risk-free desk-bound",
            "mask_token: 12",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn redacting_twice_changes_nothing_more() {
        let once = redact("Bearer abc123 token=xyz sk-abcdef").into_owned();
        assert_eq!(redact(&once), once);
    }

    #[test]
    fn what_lies_beyond_the_cap_is_cut_and_never_passed_through() {
        let text = format!("{}sk-FAKEfake0000", "a ".repeat(MAX_REDACT_BYTES / 2));
        let masked = redact(&text);
        assert!(masked.ends_with(CUT));
        assert!(!masked.contains("FAKE"));
    }

    #[test]
    fn adversarial_repeats_are_masked_within_the_cap() {
        for unit in ["sk-", "bearer ", "token=", "eyJ.", "://", "a:b@", "key:"] {
            let masked = redact(&unit.repeat(MAX_REDACT_BYTES / unit.len() * 2)).into_owned();
            assert!(masked.len() <= 4 * MAX_REDACT_BYTES, "{unit}: {}", masked.len());
        }
    }
}
