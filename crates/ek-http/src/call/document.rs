//! A body that begins as a JSON document: it may be one document, or a document on each line.

use memchr::memchr;

use crate::sse::is_document;

/// The bytes so far.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) bytes: Vec<u8>,
    /// The end of the first line.
    line: Option<usize>,
    /// The first line is a whole document, so each line is one.
    is_lines: bool,
}

impl Document {
    /// Adds bytes. Returns true if each line is a document: a second one has begun within the cap.
    pub(super) fn add(&mut self, bytes: &[u8], cap: usize) -> bool {
        let known = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
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
    fn lines_are_recognised_when_the_second_begins_however_they_are_split() {
        for (text, lines) in [
            ("{}\n{}", true),
            ("{}\r\n\n {}", true),
            ("{}\n", false),
            ("{}\n \n", false),
            ("{\n}\n{}", false),
            ("{}{}", false),
        ] {
            for size in [1, 100] {
                let mut document = Document::default();
                let mut pieces = text.as_bytes().chunks(size);
                assert_eq!(pieces.any(|piece| document.add(piece, 100)), lines, "{text:?} {size}");
            }
        }
    }

    #[test]
    fn lines_beyond_the_cap_stay_a_document() {
        assert!(!Document::default().add(b"{   }\n{}", 4));
        assert!(!Document::default().add(b"{}\n      {}", 4));
    }
}
