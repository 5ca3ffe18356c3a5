//! Where the JSON stands in a reply: models add prose, fences and greetings to it.
//!
//! Finds texts that may be the JSON and parses none of them. Linear in the length of the reply, whatever
//! it holds.

/// The texts that may be the JSON, the likeliest first: the whole reply, what stands in code fences
/// (those marked as JSON first), and each block in braces or brackets that is not within another one.
pub(super) fn candidates(reply: &str) -> Vec<&str> {
    let whole = reply.trim_start_matches('\u{feff}').trim();
    let mut found = vec![whole];
    let (marked, others): (Vec<_>, Vec<_>) = fences(whole).into_iter().partition(|f| f.is_json);
    found.extend(marked.into_iter().chain(others).map(|fence| fence.content.trim()));
    found.extend(blocks(whole));
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

/// The blocks in braces or brackets that are not within another one.
///
/// One that is never closed ends the search: what stands in it is a part of something larger, and a part
/// that happens to fit would be taken for the whole.
fn blocks(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(skip) = bytes[at..].iter().position(|byte| matches!(byte, b'{' | b'[')) {
        let start = at + skip;
        at = start + 1;
        if !begins_json(&bytes[start..]) {
            continue;
        }
        let Some(len) = balanced(&bytes[start..]) else { break };
        at = start + len;
        found.push(&text[start..at]);
    }
    found
}

/// Whether an object or an array may begin here: prose has braces and brackets too.
fn begins_json(bytes: &[u8]) -> bool {
    let inner = bytes[1..].trim_ascii_start();
    let Some(first) = inner.first() else { return true };
    match bytes[0] {
        b'{' => matches!(first, b'"' | b'}'),
        _ => {
            matches!(first, b'"' | b'{' | b'[' | b']' | b'-' | b'0'..=b'9')
                || [&b"true"[..], b"false", b"null"].iter().any(|word| inner.starts_with(word))
        }
    }
}

/// The length of the block that begins here; `None` if it is not closed, or not by its own kind.
fn balanced(bytes: &[u8]) -> Option<usize> {
    let mut open = Vec::new();
    let mut in_string = false;
    let mut escaped = false;
    for (at, &byte) in bytes.iter().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => open.push(byte),
            // In ASCII a closing sign comes two after its opening one.
            b'}' | b']' if open.pop() != Some(byte - 2) => return None,
            b'}' | b']' if open.is_empty() => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(candidates(reply)[1..], ["[1]", r#"{"a":"} \" ]","b":[{}]}"#, r#"{"c":{}}"#]);
    }

    #[test]
    fn braces_of_prose_are_passed_over() {
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
