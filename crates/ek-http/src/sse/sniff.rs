//! Skips the byte order mark and the white space at the beginning of a body.
//!
//! Only what follows them shows whether the body is a stream or a document. A server may send white
//! space without end to keep a connection open, so none of it is stored.

use crate::json::BOM;

#[derive(Debug, Default)]
pub(crate) struct Sniffer {
    /// How many bytes of a byte order mark have come.
    bom: usize,
    /// No byte order mark can follow any more.
    past_bom: bool,
    /// White space stands before the content on its line.
    indented: bool,
}

impl Sniffer {
    /// Skips bytes. Returns the rest, from the first byte of content.
    pub(crate) fn skip<'a>(&mut self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let mut rest = bytes;
        while !self.past_bom {
            let (next, behind) = rest.split_first()?;
            if *next == BOM[self.bom] {
                self.bom += 1;
                rest = behind;
                self.past_bom = self.bom == BOM.len();
            } else if self.bom > 0 {
                return Some(rest); // an incomplete mark is content
            } else {
                self.past_bom = true;
            }
        }
        let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if let Some(last) = rest[..blank].last() {
            self.indented = !matches!(last, b'\r' | b'\n');
        }
        rest = &rest[blank..];
        (!rest.is_empty()).then_some(rest)
    }

    /// The skipped bytes that matter to what follows: the mark, and one space of an indentation.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut head = BOM[..self.bom].to_vec();
        head.extend(self.indented.then_some(b' '));
        head
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Option<Vec<u8>> {
        let mut sniffer = Sniffer::default();
        let rest = pieces.iter().find_map(|piece| sniffer.skip(piece))?;
        Some([&sniffer.head(), rest].concat())
    }

    #[test]
    fn the_mark_and_an_indentation_are_kept_and_blank_lines_are_not() {
        for (text, kept) in [
            (&b"data"[..], &b"data"[..]),
            (b"\r\n \n\ndata", b"data"),
            (b"\n \tdata", b" data"),
            (b"\xef\xbb\xbf\n\ndata", b"\xef\xbb\xbfdata"),
            (b"\xef\xbb\xbf\xef", b"\xef\xbb\xbf\xef"),
            (b"\xef\xbbx", b"\xef\xbbx"),
            (b"\n\xef\xbb\xbf", b"\xef\xbb\xbf"),
        ] {
            let bytes: Vec<&[u8]> = text.chunks(1).collect();
            let whole = read(&[text]).expect("content");
            assert_eq!(whole, kept);
            assert!(kept.starts_with(&read(&bytes).expect("content")), "{text:?}");
        }
    }

    #[test]
    fn endless_white_space_is_not_stored() {
        let mut sniffer = Sniffer::default();
        for _ in 0..1000 {
            assert_eq!(sniffer.skip(&[b' '; 1000]), None);
        }
        assert_eq!(sniffer.head(), b" ");
    }
}
