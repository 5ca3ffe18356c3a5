//! `<think>` in the text: reasoning that a server did not tell apart from the answer.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Splits a text into reasoning, if there is some, and answer. `None` if it has no think tag where one may stand.
///
/// The opening tag counts at the start only (an answer may speak of the tag); a closing tag without
/// one ends reasoning whose opening was part of the prompt. An unclosed tag was cut: all is reasoning.
pub(crate) fn split(text: &str) -> Option<(Option<String>, String)> {
    let (inner, opened) = match text.trim_start().strip_prefix(OPEN) {
        Some(inner) => (inner, true),
        None => (text, false),
    };
    let (reasoning, answer) = match inner.split_once(CLOSE) {
        Some(parts) => parts,
        None if opened => (inner, ""),
        None => return None,
    };
    let reasoning = Some(reasoning.trim().to_owned()).filter(|reasoning| !reasoning.is_empty());
    Some((reasoning, answer.trim_start().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasoning_is_split_off_at_the_tags() {
        for (text, parts) in [
            ("<think>Add them.</think>12", Some(("Add them.", "12"))),
            ("\n<think>\nAdd.\n</think>\n\n12", Some(("Add.", "12"))),
            ("Sum the tiles.\n</think>\nSix.", Some(("Sum the tiles.", "Six."))),
            ("<think>cut", Some(("cut", ""))),
            ("The tag <think> opens it.", None),
            ("<think>\n\n</think>\n\n12", Some(("", "12"))),
            ("12", None),
        ] {
            let found = split(text);
            let found = found.as_ref().map(|(a, b)| (a.as_deref().unwrap_or(""), b.as_str()));
            assert_eq!(found, parts, "{text}");
        }
    }
}
