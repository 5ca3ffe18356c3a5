//! What the model reads as the result of a call. The texts are a part of the behaviour: models act on them.

use std::time::Duration;

use ek_core::{Arguments, Content, ContentPart};

const MARK: &str = "\n[truncated]";

/// The longest name of a tool that the model reads back, in characters. No tool has a longer one.
const MAX_NAME: usize = 64;

pub(super) fn unknown_tool<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let name: String = name.chars().take(MAX_NAME).collect();
    let known = known.collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "none" } else { &known };
    format!("Error: Unknown tool '{name}'. Tools: {known}")
}

pub(super) fn argument_error(name: &str, why: &str) -> String {
    format!("Tool '{name}' argument error: {why}")
}

pub(super) fn timed_out(limit: Duration) -> String {
    format!("Tool execution timed out after {}s", limit.as_secs_f64())
}

pub(super) fn out_of_time(name: &str) -> String {
    format!("Tool '{name}' not finished: the time for the whole task is up")
}

pub(super) fn failed(name: &str, what: &str) -> String {
    format!("Tool '{name}' failed: {what}")
}

pub(super) fn denied(name: &str, reason: &str) -> String {
    if reason.is_empty() {
        return format!("Tool '{name}' blocked by approval");
    }
    format!("Tool '{name}' blocked by approval: {reason}")
}

/// The result of a call whose arguments the approval has changed, with the changed arguments.
pub(super) fn changed(arguments: &Arguments, result: Content) -> Content {
    let note = format!("(run with other arguments, by approval: {})\n", arguments.as_str());
    match result {
        Content::Parts(mut parts) => {
            parts.insert(0, ContentPart::Text(note));
            Content::Parts(parts)
        }
        other => Content::Text(format!("{note}{}", other.text())),
    }
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

/// The content with at most `max_chars` characters of text in all its parts, and whether any was cut.
/// Images and other parts do not count.
pub(super) fn shortened(content: Content, max_chars: usize) -> (Content, bool) {
    let parts = match content {
        Content::Text(text) => {
            let (text, cut) = truncated(text, max_chars);
            return (Content::Text(text), cut);
        }
        Content::Parts(parts) => parts,
        other => return (other, false),
    };
    let (mut left, mut cut) = (max_chars, false);
    let mut kept = Vec::with_capacity(parts.len());
    for part in parts {
        let ContentPart::Text(text) = part else {
            kept.push(part);
            continue;
        };
        if left == 0 {
            cut |= !text.is_empty();
            continue;
        }
        let (text, was_cut) = truncated(text, left);
        left = if was_cut { 0 } else { left - text.chars().count() };
        cut |= was_cut;
        kept.push(ContentPart::Text(text));
    }
    (Content::Parts(kept), cut)
}

/// The text in at most this many characters, and whether it was cut: then it ends with a mark, where there is
/// room for one.
fn truncated(mut text: String, max_chars: usize) -> (String, bool) {
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
    fn the_texts_are_as_documented() {
        let known = || ["a", "b"].into_iter();
        assert_eq!(unknown_tool("x", known()), "Error: Unknown tool 'x'. Tools: a, b");
        assert_eq!(unknown_tool("x", [].into_iter()), "Error: Unknown tool 'x'. Tools: none");
        assert!(unknown_tool(&"x".repeat(100_000), known()).ends_with("x'. Tools: a, b"));
        assert_eq!(argument_error("x", "why"), "Tool 'x' argument error: why");
        assert_eq!(timed_out(Duration::from_secs(30)), "Tool execution timed out after 30s");
        assert_eq!(timed_out(Duration::from_millis(1_500)), "Tool execution timed out after 1.5s");
        assert_eq!(failed("x", "NotFound"), "Tool 'x' failed: NotFound");
        assert_eq!(denied("x", ""), "Tool 'x' blocked by approval");
        assert_eq!(denied("x", "too dear"), "Tool 'x' blocked by approval: too dear");
        assert!(out_of_time("x").starts_with("Tool 'x' not finished: "));
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

    #[test]
    fn the_texts_of_several_parts_share_one_limit_and_images_do_not_count() {
        let image = || ContentPart::image_url("data:image/png;base64,AAAA");
        let text = ContentPart::text;
        let parts = [text("sixteen letters!"), image(), text("more"), image()];
        let (cut, was_cut) = shortened(parts.clone().into(), 18);
        let left = [text("sixteen letters!"), image(), text("mo"), image()];
        assert_eq!((cut, was_cut), (left.into(), true));
        let (cut, was_cut) = shortened(parts.clone().into(), 15);
        assert_eq!((cut, was_cut), ([text("six\n[truncated]"), image(), image()].into(), true));
        assert_eq!(shortened(parts.clone().into(), 20), (parts.into(), false));
    }

    #[test]
    fn the_model_reads_which_arguments_took_the_place_of_its_own() {
        let arguments = Arguments::from_text(r#"{"a":1}"#);
        let note = "(run with other arguments, by approval: {\"a\":1})\n";
        assert_eq!(changed(&arguments, "04:12".into()), Content::from(format!("{note}04:12")));
        let image = ContentPart::image_url("data:,");
        let parts = changed(&arguments, [image.clone()].into());
        assert_eq!(parts, Content::from([ContentPart::text(note), image]));
    }
}
