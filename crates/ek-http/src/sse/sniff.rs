//! What may come before anything that tells a stream from a document: a byte order mark and white
//! space, without end where a server keeps the connection alive so. Nothing of it is kept.

use crate::json::BOM;

#[derive(Debug, Default)]
pub(crate) struct Sniffer {
    /// How many bytes of a byte order mark have come.
    mark: usize,
    /// There cannot be a mark any more.
    begun: bool,
    /// The white space so far ends within a line.
    indented: bool,
}

impl Sniffer {
    /// Passes over the bytes; what is given back begins with the first that says something.
    pub(crate) fn skip<'a>(&mut self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let mut rest = bytes;
        while !self.begun {
            let (next, behind) = rest.split_first()?;
            if *next == BOM[self.mark] {
                self.mark += 1;
                rest = behind;
                self.begun = self.mark == BOM.len();
            } else if self.mark > 0 {
                return Some(rest); // half a mark is none
            } else {
                self.begun = true;
            }
        }
        let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if let Some(last) = rest[..blank].last() {
            self.indented = !matches!(last, b'\r' | b'\n');
        }
        rest = &rest[blank..];
        (!rest.is_empty()).then_some(rest)
    }

    /// As much of what was passed over as makes a difference to what follows.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut head = BOM[..self.mark].to_vec();
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
    fn a_mark_and_what_stands_in_the_first_line_are_kept_and_blank_lines_are_not() {
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
            let whole = read(&[text]).expect("something");
            assert_eq!(whole, kept);
            assert!(kept.starts_with(&read(&bytes).expect("something")), "{text:?}");
        }
    }

    #[test]
    fn white_space_without_end_is_not_kept() {
        let mut sniffer = Sniffer::default();
        for _ in 0..1000 {
            assert_eq!(sniffer.skip(&[b' '; 1000]), None);
        }
        assert_eq!(sniffer.head(), b" ");
    }
}
