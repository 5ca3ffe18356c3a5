//! Estimates the memory of a JSON text as a tree of values.
//!
//! A tree takes up to a hundred times the memory of its text. So the cap of a reply counts the memory that
//! is kept, not the bytes that came.

use super::string::closing_quote;

/// Bytes of an object that is not empty: a node of a `BTreeMap` has room for eleven entries.
const OBJECT_BYTES: usize = 640;

/// Bytes of each further entry or item, about.
const ENTRY_BYTES: usize = 128;

/// About how many bytes the tree of a JSON text takes. The estimate is rather too high.
pub(crate) fn tree_bytes(json: &str) -> usize {
    let mut nodes = 0_usize;
    let mut rest = json.as_bytes();
    while let [byte, behind @ ..] = rest {
        rest = behind;
        match byte {
            b'{' => nodes += OBJECT_BYTES,
            b'[' | b',' => nodes += ENTRY_BYTES,
            b'"' => rest = closing_quote(rest).map_or(&[], |end| &rest[end + 1..]),
            _ => {}
        }
    }
    nodes.saturating_add(json.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_objects_take_far_more_memory_than_their_text() {
        let text = format!("[{}{{}}]", r#"{"":0},"#.repeat(1000));
        assert!(tree_bytes(&text) > 90 * text.len());
    }

    #[test]
    fn a_string_takes_the_memory_of_its_text() {
        let text = format!("\"{}\"", r#"a,{[\"b\\"#.repeat(100));
        assert_eq!(tree_bytes(&text), text.len());
    }
}
