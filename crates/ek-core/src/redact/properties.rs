//! What holds for the masking of any text: once is enough, and no credential of a known shape is left.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{CUT, MAX_REDACT_BYTES, REDACTED, redact};

/// Credentials of every kind of shape; what must not be seen holds the word FAKE.
const CREDENTIALS: &[&str] = &[
    "sk-FAKE1234abcd",
    "sk-proj-FAKE1234abcd",
    "ghp_FAKE1234abcd",
    "github_pat_FAKE1234",
    "AIzaFAKE1234abcd",
    "xoxb-FAKE-1234",
    "gsk_FAKE1234",
    "hf_FAKE12345678",
    "Bearer FAKE1234abcd",
    "Basic FAKE1234abcd==",
    "token=FAKE1234abcd",
    "\"api_key\": \"FAKE1234abcd\"",
    "password=FAKE1234",
    "Authorization: Bearer FAKE1234abcd",
    "https://user:FAKE1234@host/",
    "https://host/?key=FAKE1234&x=1",
];

/// Words and signs that stand next to them.
const AROUND: &[&str] = &[
    "",
    " ",
    "\n",
    "\t",
    "\"",
    "'",
    ",",
    ";",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ". ",
    ": ",
    " = ",
    "\\",
    "\\n",
    "key",
    "bearer ",
    "token",
    "Incorrect API key provided: ",
    "é",
    "🔥",
    "://",
    "@",
    "=",
    ":",
    "12",
    "is",
    "[REDACTED]",
    "secret",
    "password: ",
    "sk-",
    "&",
    "<",
    ">",
    "/",
    "...",
];

/// What ends a word, so that one credential is not glued to the next.
const APART: &[&str] = &[" ", "\n", "\"", "'", ", ", ")", "}", "]", "; "];

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn masking_twice_is_masking_once(
        words in vec((select(AROUND), select(CREDENTIALS), select(APART)), 0..6), any in any::<String>(),
    ) {
        let words: String = words.into_iter().flat_map(|(a, b, c)| [a, b, c]).collect();
        for text in [words.clone(), format!("{any}{words}"), any] {
            let once = redact(&text).into_owned();
            prop_assert_eq!(redact(&once), once.as_str(), "{}", text);
            // Each mask stands for three bytes at least.
            prop_assert!(once.len() <= text.len() * REDACTED.len());
        }
    }

    #[test]
    fn a_credential_between_spaces_is_never_seen(
        words in vec(select(CREDENTIALS), 1..6), filling in "[a-z .,]{0,40}",
    ) {
        let text = words.join(&format!(" {filling} "));
        let shown = redact(&text);
        prop_assert!(!shown.contains("FAKE"), "{}", shown);
    }
}

proptest! {
    #![proptest_config(config(6))]

    #[test]
    fn a_text_of_any_length_is_bounded(piece in "[ -~é]{1,64}", beyond in any::<bool>()) {
        let times = if beyond { MAX_REDACT_BYTES / piece.len() + 2 } else { 100 };
        let text = piece.repeat(times);
        let shown = redact(&text);
        prop_assert_eq!(shown.ends_with(CUT), text.len() > MAX_REDACT_BYTES);
        prop_assert!(shown.len() <= text.len().min(MAX_REDACT_BYTES) * REDACTED.len() + CUT.len());
    }
}
