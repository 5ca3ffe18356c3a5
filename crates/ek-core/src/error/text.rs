//! What may stand in an error's text: redacted, bounded, and without characters that a terminal obeys.

use std::fmt::Write as _;

use crate::debug_text::floor_char_boundary;
use crate::redact;

/// The longest message an error keeps, in bytes.
pub(crate) const MAX_MESSAGE_BYTES: usize = 1024;

/// The longest identifier (code, request id) an error keeps, in bytes.
pub(crate) const MAX_TOKEN_BYTES: usize = 128;

/// Redacts, caps and escapes a text so that it can be shown and logged.
pub(crate) fn clean(text: &str, cap: usize) -> String {
    // Redaction comes before the cap: half a credential no longer looks like one. It reads some more
    // than the cap, so that a credential across the border is seen whole.
    let head = cut(text, cap.saturating_mul(4));
    let redacted = redact(head);
    let kept = cut(redacted.trim(), cap);
    let mut out = String::with_capacity(kept.len());
    for c in kept.chars() {
        if is_unsafe(c) {
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    if kept.len() < redacted.trim().len() || head.len() < text.len() {
        out.push_str(" [truncated]");
    }
    out
}

/// Control characters move cursors and forge log lines; bidirectional controls reorder what is read
/// (CVE-2021-42574).
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn cut(text: &str, cap: usize) -> &str {
    &text[..floor_char_boundary(text, cap)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidi_characters_are_escaped() {
        assert_eq!(clean("a\u{1b}[31mb\nc\u{202e}d", 100), "a\\u{1b}[31mb\\nc\\u{202e}d");
    }

    #[test]
    fn a_long_text_is_cut_at_a_character_and_says_so() {
        let long = "é".repeat(1000);
        let cleaned = clean(&long, 9);
        assert_eq!(cleaned, "éééé [truncated]");
    }

    #[test]
    fn a_credential_across_the_cap_is_masked_before_the_cut() {
        let text = format!("{} sk-FAKEfakeFAKEfakeFAKEfake", "x".repeat(15));
        assert!(!clean(&text, 24).contains("FAKE"));
    }
}
