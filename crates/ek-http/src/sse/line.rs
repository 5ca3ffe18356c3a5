//! One line of an event stream: its field, and where its value begins.

use memchr::memchr;

use crate::json::scan::{self, Raw};

/// The kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Data,
    /// The name of the event.
    Event,
    /// llama.cpp sends this: an event named `error` with this data.
    Error,
    /// A comment, or a field that only browsers use.
    Ignored,
    /// JSON without a field in front of it.
    Document,
    /// A field that the format does not know.
    Unknown,
}

/// The field, and the offset of its value in the line.
pub(super) fn field(line: &[u8]) -> (Field, usize) {
    if begins_document(line) {
        return (Field::Document, 0);
    }
    let colon = memchr(b':', line).unwrap_or(line.len());
    let (name, rest) = line.split_at(colon);
    let value = match rest {
        [b':', b' ', ..] => colon + 2,
        [] => line.len(),
        _ => colon + 1,
    };
    let field = match name {
        b"data" => Field::Data,
        b"event" => Field::Event,
        b"error" => Field::Error,
        b"id" | b"retry" => Field::Ignored,
        // A comment or an unknown field may still end in an error document.
        _ => match document_at_end(line) {
            Some(start) => return (Field::Document, start),
            None if name.is_empty() => Field::Ignored,
            None => Field::Unknown,
        },
    };
    (field, value)
}

/// The offset of the document that a line ends in.
fn document_at_end(line: &[u8]) -> Option<usize> {
    let start = memchr(b'{', line)?;
    is_document(&line[start..]).then_some(start)
}

/// Whether the bytes are one whole JSON document.
pub(crate) fn is_document(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).ok();
    text.is_some_and(|text| scan::read::<Raw<'_>>(text).is_ok())
}

/// Whether the bytes may begin with a document or with `[DONE]`.
pub(super) fn begins_document(bytes: &[u8]) -> bool {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'['))
}

/// Whether the bytes may end with a document.
pub(super) fn ends_document(bytes: &[u8]) -> bool {
    let last = bytes.iter().rev().find(|byte| !byte.is_ascii_whitespace());
    matches!(last, Some(b'}' | b']'))
}

/// Whether the bytes of a line at `from` and behind it hold data or JSON. Comments, ids and event names
/// only keep a connection open.
pub(super) fn is_progress(line: &[u8], from: usize) -> bool {
    let names: [&[u8]; 2] = [b"data:", b"error:"];
    let name = names.into_iter().find(|name| line.starts_with(name)).map(<[u8]>::len);
    let value = name.or_else(|| matches!(line.first(), Some(b'{' | b'[')).then_some(0));
    let new = value.and_then(|value| line.get(value.max(from)..));
    new.is_some_and(|new| !new.trim_ascii().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_known_by_its_name() {
        for (line, expected) in [
            ("data: x", (Field::Data, 6)),
            ("data:x", (Field::Data, 5)),
            ("data", (Field::Data, 4)),
            ("event: error", (Field::Event, 7)),
            ("error: {}", (Field::Error, 7)),
            ("id: 1", (Field::Ignored, 4)),
            (": hi", (Field::Ignored, 2)),
            ("{\"data\":1}", (Field::Document, 0)),
            (" [", (Field::Document, 0)),
            (": gone {\"error\":1}", (Field::Document, 7)),
            (": {x}", (Field::Ignored, 2)),
            ("colour: red", (Field::Unknown, 8)),
            ("ERROR: {\"error\":1}", (Field::Document, 7)),
        ] {
            assert_eq!(field(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn only_data_and_documents_are_progress() {
        for (line, from, expected) in [
            ("data: x", 0, true),
            ("data: x ", 7, false),
            ("data:", 0, false),
            ("data:  ", 0, false),
            ("dat", 0, false),
            ("{\"a\"", 4, false),
            ("{\"a\"", 3, true),
            ("id: 1", 0, false),
            (": x", 0, false),
            ("event: x", 0, false),
        ] {
            assert_eq!(is_progress(line.as_bytes(), from), expected, "{line} from {from}");
        }
    }
}
