//! The entries of a schema, for the rules that go through all of it.

use crate::json::scan::{self, Raw};

/// How deep a schema may be. A deeper one is the caller's mistake, and the server's to refuse: it is sent as it is.
const MAX_LEVELS: usize = 128;

pub(super) type Entry<'a> = (String, Raw<'a>);

/// The entries of an object; `None` for anything else.
pub(super) fn entries(json: &str) -> Option<Vec<Entry<'_>>> {
    let mut entries = Vec::new();
    let read = scan::entries(json, |key, value| {
        entries.push((key.to_owned(), value.value()?));
        Ok(())
    });
    read.ok().map(|()| entries)
}

/// Whether objects and lists lie too deep in each other to go through them.
pub(super) fn is_too_deep(json: &str) -> bool {
    let (mut level, mut is_text, mut is_escaped) = (0_usize, false, false);
    json.bytes().any(|byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_text = !is_text,
            b'{' | b'[' if !is_text => level += 1,
            b'}' | b']' if !is_text => level -= 1,
            _ => {}
        }
        level > MAX_LEVELS
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_too_deep_by_its_objects_and_lists_and_not_by_its_texts() {
        let nested =
            |levels: usize| format!("{}1{}", r#"{"a":["#.repeat(levels), "]}".repeat(levels));
        assert!(!is_too_deep(&nested(MAX_LEVELS / 2)));
        assert!(is_too_deep(&nested(MAX_LEVELS / 2 + 1)));
        assert!(is_too_deep(&nested(100_000)));
        assert!(!is_too_deep(&format!("{{\"a\":\"\\\"{}\"}}", "{[".repeat(1000))));
        assert!(!is_too_deep(&"[{}]".repeat(1000)));
    }

    #[test]
    fn the_entries_of_an_object_are_in_its_order() {
        let found = entries(r#"{"b":1,"a":[2]}"#).expect("an object");
        let shown: Vec<_> = found.iter().map(|(key, value)| (key.as_str(), value.get())).collect();
        assert_eq!(shown, [("b", "1"), ("a", "[2]")]);
        assert!(entries("[1]").is_none());
    }
}
