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

/// What shapes are made of, and what nearly is.
const PIECES: &[&str] = &[
    "sk-",
    "PK_",
    "rk",
    "k-",
    "proj-",
    "ghp_",
    "AIza",
    "ya29.",
    "xoxb-",
    "hf_",
    "AKIA",
    "SG.",
    "hvs.",
    "eyJ",
    "eyJaaaaaa",
    "bot12345678:",
    "hooks.slack.com/services/",
    "bearer",
    "Bearer ",
    "BASIC",
    "basic\t",
    "basic: ",
    "api",
    "key",
    "Key",
    "apikey",
    "api_key",
    "API-Key",
    "--key ",
    "secret",
    "password",
    "passphrase",
    "pwd",
    "subscription-",
    "Authorization",
    "auth",
    "Cookie",
    "set-cookie: ",
    "Token",
    "sig",
    "code",
    "?",
    "max",
    "max_",
    "idempotency-",
    "hash",
    " Hash (",
    "provided",
    "is ",
    " value ",
    "none",
    "true",
    "https://",
    "-----BEGIN ",
    "PRIVATE KEY-----",
    "-----END ",
    "OBJECT ",
    "://",
    ":/",
    "//",
    ":",
    "::",
    "=",
    "=>",
    "->",
    "%3D",
    "%3a",
    " ",
    "  ",
    "\t",
    "\n",
    "\r",
    "\"",
    "'",
    "`",
    "\\",
    "\\\\",
    "\\u0022",
    "\\u003d",
    "&quot;",
    "&#39;",
    "&",
    "&amp;",
    "<",
    ">",
    "<key>",
    "</",
    ",",
    ", ",
    ";",
    "; ",
    "(",
    ")",
    "{",
    "}",
    "]",
    "[",
    "[REDACTED]",
    "[RED",
    "@",
    "/",
    ".",
    "..",
    "…",
    "-",
    "_",
    "*",
    "b'",
    "Some(",
    "a",
    "z9",
    "0123",
    "12",
    "abcd",
    "a b",
    "x=y",
    "ABCDEFGH",
    "0123456789ABCDEF",
    "a1b2c3d4e5f6",
    "a-b_c",
    "é",
    "：",
    "“",
    "\u{17f}",
    "\u{212a}",
    "🔥",
    "\u{a0}",
    "--------------------",
    "x_x_x_x_x_x_x_x_x_x_",
    "snake_case_word_of_some_length",
];

/// Words as they follow a name, at the edge of what is taken for a credential.
const NEARLY: &[&str] = &[
    r"(key|token|auth|secret)( hash| is|( \(a b\)))?[=:] ?[a-z_.]{4,22}[0-9]?",
    r"(eyJ[a-]{3,18}[.-]?){1,4}[a-z]{0,2}",
    r#"(token|Key)\\{0,2}["']?[ \t]?[=:][ \t]?\\?["']?((bearer|Basic|token)[ \t]{1,2}){0,4}[a\n"&:]{0,2}"#,
    r#"((bearer|BASIC)[ \t:=]{1,3}){1,4}[a"\n]{0,2}"#,
    r"(sk-|xoxa-|hf_|r8_|ghr_|AKIA|nvapi-|SK)[A-C._*0-9-]{2,17}",
    r"://[a:?]{0,2}[@/ ]",
    r"Cookie: ?[a=]{1,3}(; ?[a=.]{0,3}){0,3}",
];

/// What ends a word, so that one credential is not glued to the next.
const APART: &[&str] = &[" ", "\n", "\"", "'", ", ", ")", "}", "]", "; "];

/// Texts that consist of nothing but what could be masked.
fn dense() -> impl Strategy<Value = String> {
    let nearly = NEARLY.iter().map(Strategy::boxed);
    let part = prop_oneof![
        4 => select(PIECES).prop_map(str::to_owned),
        1 => select(CREDENTIALS).prop_map(str::to_owned),
        2 => proptest::strategy::Union::new(nearly),
    ];
    vec(part, 0..10).prop_map(|parts| parts.concat())
}

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
    fn masking_texts_of_nothing_but_shapes_twice_is_masking_them_once(
        text in dense(), any in any::<String>(),
    ) {
        for text in [format!("{any}{text}"), text] {
            let once = redact(&text).into_owned();
            prop_assert_eq!(redact(&once), once.as_str(), "{}", text);
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
