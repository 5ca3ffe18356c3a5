//! Estimates the memory of a JSON text as a tree of values.
//!
//! A tree takes up to a hundred times the memory of its text. So the cap of a reply counts the memory that
//! is kept, not the bytes that came.

/// Bytes of an object that is not empty: a node of a `BTreeMap` has room for eleven entries.
const OBJECT_BYTES: usize = 640;

/// Bytes of each further entry or item, about.
const ENTRY_BYTES: usize = 128;

/// About how many bytes the tree of a JSON text takes. The estimate is rather too high.
pub(crate) fn tree_bytes(json: &str) -> usize {
    let (mut in_string, mut escaped) = (false, false);
    let mut nodes = 0_usize;
    for byte in json.bytes() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        nodes += match byte {
            b'{' => OBJECT_BYTES,
            b'[' | b',' => ENTRY_BYTES,
            _ => 0,
        };
        in_string = byte == b'"';
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
