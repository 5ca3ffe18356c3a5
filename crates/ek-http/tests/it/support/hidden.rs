//! Searches for secrets in everything that a caller can see.

use std::error::Error as StdError;

use ek_core::Error;

use super::{MARK, logs};

/// Checks that a text holds no secret of the test.
#[track_caller]
pub(crate) fn assert_hidden(place: &str, text: &str) {
    let at = text.find(MARK);
    let around = |at: usize| String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(200)..]);
    assert!(at.is_none(), "{place}: ...{:.400}", around(at.unwrap_or(0)));
}

/// Checks that neither the error nor its causes nor the log show a secret.
#[track_caller]
pub(crate) fn assert_error_hides(error: &Error) {
    assert_hidden("Debug", &format!("{error:?} {error:#?}"));
    let mut cause: Option<&dyn StdError> = Some(error);
    while let Some(shown) = cause {
        assert_hidden("a cause", &format!("{shown} {shown:?}"));
        cause = shown.source();
    }
    let words = [error.code(), error.request_id()];
    assert_hidden("an accessor", &words.map(Option::unwrap_or_default).concat());
    assert!(error.to_string().len() < 1100, "as long as a body: {error}");
    assert_hidden("the log", &logs::so_far());
}
