//! Finds the JSON in a reply, since models add prose, fences and greetings to it.
//!
//! It finds texts that may be the JSON, and does not parse them. It is linear in the length of any reply.

/// How strictly a text is read as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Exact,
    /// Texts may be in single quotes, and a bracket that is never closed is prose.
    Lenient,
}

/// The texts that may be the JSON, the likeliest first: the whole reply, the contents of code fences (those
/// marked as JSON first), and each block in braces or brackets that is not within another one. Of several of
/// one kind the last comes first, since the others may be drafts or examples.
pub(super) fn candidates(reply: &str, reading: Reading) -> Vec<&str> {
    let whole = reply.trim_start_matches('\u{feff}').trim();
    let mut found = vec![whole];
    let (marked, others): (Vec<_>, Vec<_>) =
        fences(whole).into_iter().rev().partition(|fence| fence.is_json);
    found.extend(marked.into_iter().chain(others).map(|fence| fence.content.trim()));
    found.extend(blocks(whole, reading).into_iter().rev());
    found
}

struct Fence<'a> {
    is_json: bool,
    content: &'a str,
}

/// The contents of Markdown code fences. One that is not closed goes on to the end.
fn fences(text: &str) -> Vec<Fence<'_>> {
    let mut found = Vec::new();
    // The ticks, the kind and the start of the fence that is open.
    let mut open: Option<(usize, bool, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (begin, after) = (at, at + line.len());
        at = after;
        let line = line.trim();
        let info = line.trim_start_matches('`');
        let ticks = line.len() - info.len();
        match open {
            None if ticks >= 3 && !info.contains('`') => {
                let is_json = info.trim().get(..4).is_some_and(|i| i.eq_ignore_ascii_case("json"));
                open = Some((ticks, is_json, after));
            }
            Some((needed, is_json, start)) if ticks >= needed && info.is_empty() => {
                found.push(Fence { is_json, content: &text[start..begin] });
                open = None;
            }
            _ => {}
        }
    }
    found.extend(open.map(|(_, is_json, start)| Fence { is_json, content: &text[start..] }));
    found
}

/// How many brackets that are never closed are ignored in lenient reading.
const MAX_UNCLOSED: usize = 8;

/// The blocks in braces or brackets that are not within another one.
///
/// A block that is never closed ends the search: its content is a part of something larger, and a part that
/// happens to fit must not be taken for the whole.
fn blocks(text: &str, reading: Reading) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut unclosed) = (0, 0);
    while let Some(skip) = bytes[at..].iter().position(|byte| matches!(byte, b'{' | b'[')) {
        let start = at + skip;
        at = start + 1;
        if !begins_json(&bytes[start..], reading) {
            continue;
        }
        let Some(len) = balanced(&bytes[start..], reading) else {
            unclosed += 1;
            let is_prose = begins_texts(&bytes[start..]) && unclosed <= MAX_UNCLOSED;
            if reading == Reading::Lenient && is_prose {
                continue;
            }
            break;
        };
        at = start + len;
        found.push(&text[start..at]);
    }
    found
}

/// Whether an object or an array may begin here: prose has braces and brackets too.
fn begins_json(bytes: &[u8], reading: Reading) -> bool {
    let inner = bytes[1..].trim_ascii_start();
    let Some(first) = inner.first() else { return true };
    if reading == Reading::Lenient && *first == b'\'' {
        return true;
    }
    match bytes[0] {
        b'{' => matches!(first, b'"' | b'}'),
        _ => {
            matches!(first, b'"' | b'{' | b'[' | b']' | b'-' | b'0'..=b'9')
                || [&b"true"[..], b"false", b"null"].iter().any(|word| inner.starts_with(word))
        }
    }
}

/// Whether this is a bracket before a text, which may be prose.
fn begins_texts(bytes: &[u8]) -> bool {
    bytes[0] == b'[' && matches!(bytes[1..].trim_ascii_start().first(), Some(b'"' | b'\''))
}

/// The length of the block that begins here; `None` if it is not closed, or not by its own kind.
fn balanced(bytes: &[u8], reading: Reading) -> Option<usize> {
    let mut open = Vec::new();
    // The quote of the text that is open.
    let mut quote = None;
    let mut escaped = false;
    for (at, &byte) in bytes.iter().enumerate() {
        if let Some(begun) = quote {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' if begun == b'"' => quote = None,
                b'\'' if begun == b'\'' && ends_text(&bytes[at + 1..]) => quote = None,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quote = Some(byte),
            b'\'' if reading == Reading::Lenient => quote = Some(byte),
            b'{' | b'[' => open.push(byte),
            // In ASCII a closing sign comes two after its opening one.
            b'}' | b']' if open.pop() != Some(byte - 2) => return None,
            b'}' | b']' if open.is_empty() => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Whether a single quote before this ends a text, and is not an apostrophe.
pub(super) fn ends_text(rest: &[u8]) -> bool {
    rest.trim_ascii_start().first().is_none_or(|next| matches!(next, b',' | b':' | b'}' | b']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(reply: &str) -> Vec<&str> {
        super::candidates(reply, Reading::Exact)
    }

    #[test]
    fn the_last_of_a_kind_comes_first() {
        let reply = "```json\n[1]\n```\n```json\n[2]\n``` [3]";
        assert_eq!(candidates(reply)[1..3], ["[2]\n``` [3]", "[1]"], "one that is not closed");
        let reply = "```json\n[1]\n```\n```\n[9]\n```\n```json\n[2]\n```\n[3] [4]";
        assert_eq!(
            candidates(reply)[1..],
            ["[2]", "[1]", "[9]", "[4]", "[3]", "[2]", "[9]", "[1]"]
        );
    }

    #[test]
    fn a_lenient_reading_knows_single_quotes_and_brackets_of_prose() {
        for (reply, block) in [
            (r"It's {'a': 'it''s }', 'b': [1]} here", r"{'a': 'it''s }', 'b': [1]}"),
            (r#"From ["x to y {"a":1}"#, r#"{"a":1}"#),
        ] {
            let found = super::candidates(reply, Reading::Lenient);
            assert_eq!(found[1..], [block], "{reply}");
            assert!(!candidates(reply)[1..].contains(&block), "{reply}");
        }
        let cut = super::candidates(r#"[{"a":1},{"a":"#, Reading::Lenient);
        assert_eq!(cut.len(), 1, "a part of something unfinished: {cut:?}");
    }

    #[test]
    fn fences_marked_as_json_come_before_others() {
        let reply = "First:\n```python\n[1]\n```\nthen\n  ```JSON\n{\"a\":1}\n```\nbye";
        assert_eq!(candidates(reply)[1..3], ["{\"a\":1}", "[1]"]);
    }

    #[test]
    fn a_fence_ends_at_as_many_ticks_as_it_began_with() {
        let reply = "````json\n{\"code\":\"x\"}\n```\n````";
        assert_eq!(candidates(reply)[1], "{\"code\":\"x\"}\n```");
        assert_eq!(candidates("```json\n{\"a\":")[1], "{\"a\":", "never closed");
        let inline = "Say ```json {\"a\":1}``` now";
        assert_eq!(candidates(inline)[1..], ["{\"a\":1}"], "no fence, but a block");
    }

    #[test]
    fn blocks_are_taken_whole_and_signs_in_texts_do_not_count() {
        let reply = r#"See [1]: {"a":"} \" ]","b":[{}]} and {"c":{}}."#;
        assert_eq!(candidates(reply)[1..], [r#"{"c":{}}"#, r#"{"a":"} \" ]","b":[{}]}"#, "[1]"]);
    }

    #[test]
    fn braces_of_prose_are_ignored() {
        let reply = r#"In {curly} and [square] and { spaced } signs: {"a": 1}"#;
        assert_eq!(candidates(reply)[1..], [r#"{"a": 1}"#]);
    }

    #[test]
    fn a_part_of_something_unfinished_is_no_candidate() {
        for reply in [r#"{"all":{"a":1},"#, r#"{"all":{"a":1}]"#, r#"[{"a":1}"#, "{"] {
            assert_eq!(candidates(reply).len(), 1, "{reply}");
        }
    }

    #[test]
    fn a_byte_order_mark_and_white_space_are_left_out() {
        assert_eq!(candidates("\u{feff} \n 42 \n"), ["42"]);
    }
}
