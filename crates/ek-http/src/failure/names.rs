//! Compares names of fields and words of servers without regard to case and separators.

use serde_json::{Map, Value};

/// Whether a key is a name, which is given in small letters: `retryAfter`, `retry-after` and
/// `RETRY_AFTER` are `retryafter`.
pub(super) fn is(key: &str, name: &str) -> bool {
    // A quick check, which most keys fail.
    key.len() >= name.len() && letters(key).eq(name.bytes())
}

/// Whether a key is one of these names.
pub(super) fn is_any(key: &str, names: &[&str]) -> bool {
    names.iter().any(|name| is(key, name))
}

fn letters(key: &str) -> impl Iterator<Item = u8> {
    let bytes = key.bytes().filter(|byte| !matches!(byte, b'_' | b'-' | b' ' | b'.'));
    bytes.map(|byte| byte.to_ascii_lowercase())
}

/// The letters and digits of a word, in small letters.
pub(super) fn folded(word: &str) -> String {
    let letters = word.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The field of this name, unless it is null.
#[inline(never)]
pub(super) fn field<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let mut fields = object.iter();
    fields.find(|(key, value)| is(key, name) && !value.is_null()).map(|(_, value)| value)
}

/// Whether a key names the error that it holds, as AWS writes them: `throttlingException`.
pub(super) fn is_exception(key: &str) -> bool {
    key.strip_suffix("Exception").is_some_and(|kind| !kind.is_empty())
}

/// The words of a name in small letters: `resetsInSeconds` and `resets_in_seconds` have three.
pub(super) fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for c in key.chars() {
        let begins = !before.is_ascii_alphanumeric() || (before.is_lowercase() && c.is_uppercase());
        before = c;
        if !c.is_ascii_alphanumeric() {
            continue;
        }
        let c = c.to_ascii_lowercase();
        match words.last_mut().filter(|_| !begins) {
            Some(word) => word.push(c),
            None => words.push(c.into()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_any_case_and_with_any_separator() {
        for key in ["retryafter", "retryAfter", "Retry-After", "RETRY_AFTER", "retry after"] {
            assert!(is(key, "retryafter"), "{key}");
        }
        assert!(!is("retryafters", "retryafter") && !is("after", "retryafter"));
    }

    #[test]
    fn words_end_at_separators_and_at_capitals() {
        for key in
            ["resetsInSeconds", "resets_in_seconds", "Resets-In-Seconds", "RESETS IN SECONDS"]
        {
            assert_eq!(words(key), ["resets", "in", "seconds"], "{key}");
        }
        assert_eq!(words("retryAfterMS"), ["retry", "after", "ms"]);
        assert!(words("--").is_empty());
    }
}
