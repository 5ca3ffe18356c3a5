//! How texts are shown by `Debug`: prompts and replies by their length only.

use std::fmt;

/// Shows as `<12 bytes>`.
pub(crate) struct Bytes(pub(crate) usize);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0)
    }
}

/// A text of which only the length is shown.
pub(crate) fn text(text: &str) -> Bytes {
    Bytes(text.len())
}

/// Shows the names of a map's entries and not their values.
pub(crate) struct Keys<'a>(pub(crate) &'a serde_json::Map<String, serde_json::Value>);

impl fmt::Debug for Keys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The last border between characters at or before `at` (`str::floor_char_boundary` is newer than the
/// oldest supported compiler).
pub(crate) fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
