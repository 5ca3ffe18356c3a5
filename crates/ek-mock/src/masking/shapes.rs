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
/// length: it is looked at in windows, which end at white space where there is any.
pub(crate) fn by_shape(text: &str) -> Option<String> {
    let mut masked = String::new();
    let mut rest = text;
    let mut found = false;
    while !rest.is_empty() {
        let mut end = rest.len().min(MAX_REDACT_BYTES);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        if end < rest.len()
            && let Some(space) = rest[..end].rfind(char::is_whitespace).filter(|at| *at > 0)
        {
            end = space;
        }
        let (window, others) = rest.split_at(end);
        let shaped = redact(window);
        found |= matches!(shaped, Cow::Owned(_));
        masked.push_str(&shaped);
        rest = others;
    }
    (found && masked != text).then_some(masked)
}
