//! The answer in a reply whose text also holds the model's thoughts.
//!
//! Many servers send reasoning in a field of its own. Others leave it in the text, within the tags that the
//! model was trained on. A draft within those tags is not the answer.

use std::borrow::Cow;

/// The tags that models put around their thoughts.
const TAGS: &[(&str, &str)] = &[
    ("<think>", "</think>"),                    // DeepSeek R1, Qwen, most others
    ("<thinking>", "</thinking>"),              // models prompted to think aloud
    ("<thought>", "</thought>"),                // Gemini's OpenAI-compatible endpoint, Gemma
    ("<reasoning>", "</reasoning>"),            // models prompted to give reasons
    ("<seed:think>", "</seed:think>"),          // ByteDance Seed
    ("[think]", "[/think]"),                    // Magistral, in capitals
    ("<|start_thinking|>", "<|end_thinking|>"), // Cohere, in capitals
    ("<|begin_of_thought|>", "<|end_of_thought|>"), // Sky-T1
    ("◁think▷", "◁/think▷"),                    // Kimi
];

/// The text without what stands between such tags, in upper or lower case.
///
/// A closing tag without an opening one ends thoughts that began in the prompt: everything before it is
/// removed. Where an opening tag at the start of a line is never closed, the reply was cut: everything
/// after it is removed. Two kinds of tags are ignored: a tag after a quote or a backtick on its line is
/// mentioned, or part of a JSON text; an opening tag within a line that is never closed is mentioned too.
/// Linear in the length of the text.
pub(crate) fn without_thoughts(text: &str) -> Cow<'_, str> {
    let mut kept = Vec::new();
    let (mut start, mut at) = (0, 0);
    // Of the current line: whether it is blank so far, and whether it has a quote or a backtick.
    let (mut blank, mut quoted) = (true, false);
    let mut unclosed = [false; TAGS.len()];
    while let Some(letter) = text[at..].chars().next() {
        let end = match tag(&text[at..]) {
            Some((kind, Tag::Open(len))) if !quoted => {
                let inner = at + len;
                let end = (!unclosed[kind]).then(|| find(&text[inner..], TAGS[kind].1)).flatten();
                let end = end.map(|end| inner + end);
                unclosed[kind] = end.is_none();
                if end.is_some() || blank {
                    kept.push(&text[start..at]);
                }
                end.or(blank.then_some(text.len()))
            }
            Some((_, Tag::Close(len))) if !quoted || ends_line(&text[at + len..]) => {
                kept.clear();
                Some(at + len)
            }
            _ => None,
        };
        if let Some(end) = end {
            (start, at, blank, quoted) = (end, end, true, false);
            continue;
        }
        at += letter.len_utf8();
        match letter {
            '\n' => (blank, quoted) = (true, false),
            '"' | '`' => (blank, quoted) = (false, true),
            _ => blank &= letter.is_whitespace(),
        }
    }
    match (kept.is_empty(), start) {
        (true, _) => Cow::Borrowed(&text[start..]),
        (false, _) => {
            kept.push(&text[start..]);
            Cow::Owned(kept.concat())
        }
    }
}

/// A tag with its length in bytes.
pub(crate) enum Tag {
    Open(usize),
    Close(usize),
}

/// Whether the text may be the start of a tag whose rest has not come.
pub(crate) fn may_be_tag(text: &str) -> bool {
    let starts = |tag: &str| text.len() < tag.len() && begins(tag, text);
    TAGS.iter().any(|(open, close)| starts(open) || starts(close))
}

/// Where the thoughts end that a tag of this place in the list has opened: after their closing tag. Else the place
/// up to which there is none, whatever comes.
pub(crate) fn end_of_thoughts(kind: usize, text: &str) -> Result<usize, usize> {
    let close = TAGS[kind].1;
    find(text, close).ok_or_else(|| {
        let mut without = (text.len() + 1).saturating_sub(close.len());
        while !text.is_char_boundary(without) {
            without -= 1;
        }
        without
    })
}

/// The tag at the start of the text, and its place in the list.
pub(crate) fn tag(text: &str) -> Option<(usize, Tag)> {
    if !text.starts_with(['<', '[', '◁']) {
        return None;
    }
    TAGS.iter().enumerate().find_map(|(kind, (open, close))| {
        if begins(text, open) {
            return Some((kind, Tag::Open(open.len())));
        }
        begins(text, close).then_some((kind, Tag::Close(close.len())))
    })
}

fn begins(text: &str, tag: &str) -> bool {
    text.as_bytes().get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
}

/// The end of the first such tag in the text.
fn find(text: &str, tag: &str) -> Option<usize> {
    let starts = text.as_bytes().windows(tag.len());
    let place = starts.enumerate().find(|(_, part)| part.eq_ignore_ascii_case(tag.as_bytes()));
    place.map(|(place, _)| place + tag.len())
}

fn ends_line(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\r']).chars().next().is_none_or(|next| next == '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_tags_is_left_out() {
        for (text, answer) in [
            ("42", "42"),
            ("<think>41?</think>42", "42"),
            ("\n<think>\n41?\n</think>\n\n42", "\n\n\n42"),
            ("<THINK>41?</Think>42", "42"),
            ("[THINK]41?[/THINK]42", "42"),
            ("<thought>41?</thought>42", "42"),
            ("◁think▷41?◁/think▷42", "42"),
            ("<think>40?</think> <think>41?</think> 42", "  42"),
            ("Let me see. <think>41?</think> 42", "Let me see.  42"),
            ("It is 42.\n<thinking>Or 41?</thinking>", "It is 42.\n"),
            ("<think>use <thinking> here</think>42", "42"),
        ] {
            assert_eq!(without_thoughts(text), answer, "{text}");
        }
    }

    #[test]
    fn a_lone_closing_tag_ends_thoughts_that_began_in_the_prompt() {
        for (text, answer) in [
            ("Is it 41?\n</think>\n\n42", "\n\n42"),
            ("Is it 41?</think>42", "42"),
            ("Is it \"41\"?\n</think>42", "42"),
            ("Is it \"41\"?</think>\n42", "\n42"),
            ("<think>40?</think> 41?\n</think>42", "42"),
        ] {
            assert_eq!(without_thoughts(text), answer, "{text}");
        }
    }

    #[test]
    fn thoughts_that_were_cut_hold_no_answer() {
        for (text, answer) in [
            ("<think>41", ""),
            ("Well.\n<think>41", "Well.\n"),
            ("Not <think>.\n<think>41", "Not <think>.\n"),
            ("<think>", ""),
            ("<thin", "<thin"),
        ] {
            assert_eq!(without_thoughts(text), answer, "{text}");
        }
    }

    #[test]
    fn a_tag_that_is_mentioned_or_part_of_a_json_text_is_ignored() {
        for text in [
            "The tag <think> opens it.",
            "Write `<think>x</think>` around it.",
            r#"{"tags":"<think>x</think>","rest":1}"#,
            r#"Here: {"tag":"</think>","rest":1}"#,
            "<thinker>x</thinker>",
            "",
        ] {
            assert_eq!(without_thoughts(text), text);
        }
    }

    /// Texts on which a search that starts again at each tag takes quadratic time.
    #[test]
    fn any_number_of_tags_are_read_in_one_pass() {
        for tag in
            ["<think>", "a <think>", "</think>", "<think></think>", "<", "\"<think>", "[think]\n"]
        {
            assert!(without_thoughts(&tag.repeat(200_000)).len() <= 1_800_000);
        }
    }
}
