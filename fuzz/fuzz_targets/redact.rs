//! The masking of credentials: the text stays bounded, also if it is masked again, and a credential that
//! stands alone between any two texts is gone.
#![no_main]

use ek_core::{MAX_REDACT_BYTES, redact};

const CREDENTIALS: [&str; 4] = [
    "sk-proj-FAKE1234abcd5678",
    "Bearer FAKE1234abcd5678",
    "ghp_FAKE1234abcd5678",
    "api_key=FAKE1234abcd5678",
];

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let once = redact(&text).into_owned();
    assert!(once.len() <= 3 * MAX_REDACT_BYTES, "{} bytes", once.len());
    // Masking again may mask more: a mask takes away the slash that told a path from a password.
    assert!(redact(&once).len() <= 3 * MAX_REDACT_BYTES);

    let (choice, text) = (input.len() % CREDENTIALS.len(), text.replace("FAKE", "fake"));
    let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (before, after) = text.split_at(half);
    let planted = format!("{before} {} {after}", CREDENTIALS[choice]);
    assert!(!redact(&planted).contains("FAKE"), "a credential is left");
});
