//! The one place that masks credentials by their shape.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::obscure::floor_char_boundary;

/// What stands where a credential stood.
pub const REDACTED: &str = "[REDACTED]";

/// How much of a text [`redact`] reads, in bytes; what lies behind is cut off, never passed through.
pub const MAX_REDACT_BYTES: usize = 64 * 1024;

const CUT: &str = "[TRUNCATED]";

/// Shapes that are credentials wherever they stand.
const BY_PREFIX: &str = concat!(
    r"(?-u:\b)(?:",
    r"(?i-u:[spr]k)[-_](?i-u:proj-|live_|test_|ant-|or-)?[A-Za-z0-9_*.\-]{3,}",
    r"|gh[pousr]_[A-Za-z0-9_]{4,}|github_pat_[A-Za-z0-9_]{4,}|glpat-[A-Za-z0-9_\-]{4,}",
    r"|AIza[A-Za-z0-9_\-]{4,}|ya29\.[A-Za-z0-9_\-]{4,}",
    r"|xox[a-z]-[A-Za-z0-9\-]{4,}|xai-[A-Za-z0-9]{8,}",
    r"|gsk_[A-Za-z0-9_]{4,}|hf_[A-Za-z0-9]{8,}|nvapi-[A-Za-z0-9_\-]{4,}",
    r"|pplx-[A-Za-z0-9]{8,}|r8_[A-Za-z0-9]{8,}|(?:AKIA|ASIA)[0-9A-Z]{12,}",
    r"|eyJ[A-Za-z0-9_\-]{6,}\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]*)?",
    r")",
);

/// `Bearer x`, `Basic x`: the scheme stays, the value goes. Where the scheme is written twice, its second
/// word is not the value.
const BY_SCHEME: &str = r#"(?P<scheme>(?-u:\b)(?:(?i-u:bearer|basic)[ \t:=]+)+)(?P<credential>[^ \t\r\n"'\\<>,;)}\]]+)"#;

/// `name=value` and `"name": "value"`: the name stays, the value goes.
const BY_NAME: &str = concat!(
    // Bounded: a run without end would be read again from each of its words.
    r"(?P<name>(?-u:\b)(?i-u:[a-z0-9_\-]{0,40}(?:",
    r"api[_\-]?key|secret|password|passwd|pwd|credential|subscription-key|signature",
    r"|authorization|token)|key|sig))",
    r#"(?P<sign>\\*["']?[ \t]*[=:][ \t]*\\*["']?)"#,
    r"(?P<inner>(?:(?i-u:bearer|basic)[ \t]+)+)?",
    r#"(?P<value>[^ \t\r\n"'\\<>&,;)}\]]+)"#,
);

/// `scheme://user:password@`.
const BY_USERINFO: &str = r"(?P<slashes>://)[^/ \t\r\n@]+@";

static SHAPES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("{BY_USERINFO}|{BY_PREFIX}|{BY_SCHEME}|{BY_NAME}")).ok());

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
    let Some(shapes) = SHAPES.as_ref() else {
        return Cow::Borrowed(REDACTED); // unreachable: a test compiles the pattern
    };
    let mut masked = shapes.replace_all(head, mask);
    if head.len() < text.len() {
        masked.to_mut().push_str(CUT);
    }
    masked
}

fn mask(found: &Captures<'_>) -> String {
    let group = |name| found.name(name).map_or("", |m| m.as_str());
    if found.name("slashes").is_some() {
        return format!("://{REDACTED}@");
    }
    if let Some(credential) = found.name("credential") {
        let credential = credential.as_str();
        if credential.starts_with("[REDACTED") || is_plain_word(credential) {
            return found[0].to_owned();
        }
        return format!("{}{REDACTED}", group("scheme"));
    }
    if let Some(value) = found.name("value") {
        let sign = group("sign");
        // A bare colon is also how sentences go: `invalid key: expected a string`.
        let assigned = sign.contains('=') || sign.contains('"') || sign.contains('\'');
        let inner = group("inner");
        if value.as_str().starts_with("[REDACTED")
            || is_small_number(value.as_str())
            || (!assigned && inner.is_empty() && !looks_secret(value.as_str()))
        {
            return found[0].to_owned();
        }
        return format!("{}{sign}{inner}{REDACTED}", group("name"));
    }
    REDACTED.to_owned()
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
