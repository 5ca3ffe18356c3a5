//! What the model reads in answer to a call. The words are part of the behaviour: models act on them.

use std::time::Duration;

const MARK: &str = "\n[truncated]";

pub(super) fn unknown_tool(name: &str) -> String {
    format!("Error: Unknown tool '{name}'")
}

pub(super) fn argument_error(name: &str, why: &str) -> String {
    format!("Tool '{name}' argument error: {why}")
}

pub(super) fn timed_out(limit: Duration) -> String {
    format!("Tool execution timed out after {}s", limit.as_secs_f64())
}

pub(super) fn failed(name: &str, what: &str) -> String {
    format!("Tool '{name}' failed: {what}")
}

pub(super) fn denied(name: &str) -> String {
    format!("Tool '{name}' blocked by approval")
}

pub(super) fn surplus(name: &str, limit: usize) -> String {
    format!("Tool '{name}' rejected: at most {limit} calls are run in one reply")
}

pub(super) fn cut(name: &str) -> String {
    format!(
        "Tool '{name}' not run: the reply was cut before it was whole. Make fewer or shorter calls"
    )
}

pub(super) fn filtered(name: &str) -> String {
    format!("Tool '{name}' not run: the reply was stopped by the content filter")
}

/// The text in so many characters at most, with a mark at its end where it was cut and there is room for
/// one; and whether it was.
pub(super) fn truncated(mut text: String, max_chars: usize) -> (String, bool) {
    let place = |chars: usize| text.char_indices().nth(chars).map(|(place, _)| place);
    // No character is shorter than one byte.
    if text.len() <= max_chars || place(max_chars).is_none() {
        return (text, false);
    }
    let mark = if max_chars > MARK.len() { MARK } else { "" };
    if let Some(end) = place(max_chars - mark.len()) {
        text.truncate(end);
        text.push_str(mark);
    }
    (text, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_as_documented() {
        assert_eq!(unknown_tool("x"), "Error: Unknown tool 'x'");
        assert_eq!(argument_error("x", "why"), "Tool 'x' argument error: why");
        assert_eq!(timed_out(Duration::from_secs(30)), "Tool execution timed out after 30s");
        assert_eq!(timed_out(Duration::from_millis(1_500)), "Tool execution timed out after 1.5s");
        assert_eq!(failed("x", "NotFound"), "Tool 'x' failed: NotFound");
        assert_eq!(denied("x"), "Tool 'x' blocked by approval");
        assert!(surplus("x", 32).starts_with("Tool 'x' rejected: at most 32 "));
    }

    #[test]
    fn a_long_text_is_cut_at_a_character_and_marked() {
        for (text, max, shown) in [
            ("fifteen letters", 15, "fifteen letters"),
            ("sixteen letters!", 15, "six\n[truncated]"),
            ("æøåæøåæøåæøåæøå", 15, "æøåæøåæøåæøåæøå"),
            ("æøåæøåæøåæøåæøåæ", 15, "æøå\n[truncated]"),
            ("e\u{301}🌊 and much more of it", 15, "e\u{301}🌊\n[truncated]"),
            ("a mark has no room", 13, "a\n[truncated]"),
            ("a mark has no room", 12, "a mark has n"),
            ("", 1, ""),
        ] {
            let cut = truncated(text.to_owned(), max);
            assert_eq!((cut.0.as_str(), cut.1), (shown, shown != text));
        }
    }
}
