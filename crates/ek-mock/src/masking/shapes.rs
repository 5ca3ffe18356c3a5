//! What looks like a credential, in texts of any length.

use std::borrow::Cow;

use ek_core::{MAX_REDACT_BYTES, REDACTED, redact};

/// Whether the name says that the value is a secret, as it would in `name="value"`.
pub(super) fn is_telling(name: &str, value: &str) -> bool {
    let pair = format!("{name}=\"{value}\"");
    pair.len() <= MAX_REDACT_BYTES && !value.is_empty() && {
        let shown = redact(&pair);
        shown == format!("{name}=\"{REDACTED}\"")
    }
}

/// The text without what is shaped like a credential; `None` if there is nothing of that kind. Any
/// length: it is looked at in windows, which end at a line break where there is one, else at white space, else
/// at a character that no credential has.
pub(crate) fn by_shape(text: &str) -> Option<String> {
    let mut masked = String::new();
    let mut rest = text;
    let mut found = false;
    while !rest.is_empty() {
        let mut end = rest.len().min(MAX_REDACT_BYTES);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        if end < rest.len() {
            let at = |ends: fn(char) -> bool| rest[..end].rfind(ends).filter(|at| *at > 0);
            let ends =
                at(|c| c == '\n').or_else(|| at(char::is_whitespace)).or_else(|| at(is_no_part));
            end = ends.unwrap_or(end);
        }
        let (window, others) = rest.split_at(end);
        let shaped = redact(window);
        found |= matches!(shaped, Cow::Owned(_));
        masked.push_str(&shaped);
        rest = others;
    }
    (found && masked != text).then_some(masked)
}

/// Whether no credential has this character in it.
fn is_no_part(c: char) -> bool {
    !c.is_ascii_alphanumeric() && !"-_.+/=~:%".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_where_a_window_ends_is_masked_whole() {
        let key = "sk-FAKEfake0000FAKEfake0000FAKEfake";
        for (between, filler) in [(",", "ab,"), (" ", "ab "), ("\n", "a b\n")] {
            for shift in (0..60).step_by(6) {
                let mut text = filler.repeat(MAX_REDACT_BYTES / filler.len() - 20);
                text.push_str(&"x".repeat(shift));
                let text = format!("{text}{between}{key}{between}{}", filler.repeat(40));
                let masked = by_shape(&text).expect("a credential");
                assert!(!masked.contains("FAKE"), "{between:?} {shift}");
            }
        }
    }
}
