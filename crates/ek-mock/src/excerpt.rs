//! The beginning of a text, for messages that show which one it is.

/// How many characters are shown.
const SHOWN: usize = 60;

/// The text, or its beginning with three dots.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
