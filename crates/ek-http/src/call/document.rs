//! A body that begins as a JSON document: it may be one document, a document on each line, or an array of
//! documents.

use memchr::memchr;

use super::list::List;
use crate::sse::is_document;

/// The bytes so far.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) bytes: Vec<u8>,
    /// The end of the first line.
    line: Option<usize>,
    /// The first line is a whole document, so each line is one.
    is_lines: bool,
    /// The array, if it is one.
    list: List,
}

/// How several documents stand in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Several {
    Lines,
    List,
}

impl Document {
    /// Adds bytes. Returns how several documents stand in the body if a second one has begun within the
    /// cap.
    pub(super) fn add(&mut self, bytes: &[u8], cap: usize) -> Option<Several> {
        let known = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        if self.bytes.first() == Some(&b'[') && known < cap {
            self.list.events(&bytes[..bytes.len().min(cap - known)]);
            if self.list.is_several() {
                return Some(Several::List);
            }
        }
        self.adds_a_line(bytes, known, cap).then_some(Several::Lines)
    }

    /// Whether each line is a document, and the second one has begun.
    fn adds_a_line(&mut self, bytes: &[u8], known: usize, cap: usize) -> bool {
        if self.line.is_none() {
            let Some(end) = memchr(b'\n', bytes) else { return false };
            self.line = Some(known + end);
            self.is_lines = known + end <= cap && is_document(&self.bytes[..known + end]);
        }
        let from = self.line.unwrap_or_default().max(known);
        let behind = self.bytes.get(from..).unwrap_or_default();
        let next = behind.iter().position(|byte| !byte.is_ascii_whitespace());
        self.is_lines && next.is_some_and(|next| from + next < cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_documents_are_recognised_when_the_second_begins_however_they_are_split() {
        for (text, several) in [
            ("{}\n{}", Some(Several::Lines)),
            ("{}\r\n\n {}", Some(Several::Lines)),
            ("[{}]\n{}", Some(Several::Lines)),
            ("{}\n", None),
            ("{}\n \n", None),
            ("{\n}\n{}", None),
            ("{}{}", None),
            ("[{}\n,\r\n{", Some(Several::List)),
            ("[{},", None),
            ("[{},1]", None),
            ("[{},{},1]", Some(Several::List)),
            ("[[{},{}]]", None),
        ] {
            for size in [1, 100] {
                let mut document = Document::default();
                let mut pieces = text.as_bytes().chunks(size);
                assert_eq!(
                    pieces.find_map(|piece| document.add(piece, 100)),
                    several,
                    "{text:?} {size}"
                );
            }
        }
    }

    #[test]
    fn a_second_document_beyond_the_cap_is_not_looked_for() {
        for text in ["{   }\n{}", "{}\n      {}", "[{},{}]"] {
            assert_eq!(Document::default().add(text.as_bytes(), 4), None, "{text}");
        }
    }
}
