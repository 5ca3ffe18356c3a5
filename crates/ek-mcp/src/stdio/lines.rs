//! Lines of limited length: of one that is too long, its two ends are kept.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// How much of each end of a line that is too long is kept, in bytes.
const END: usize = 256;

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Whole(Vec<u8>),
    TooLong { head: Vec<u8>, tail: Vec<u8> },
}

pub(crate) struct Lines<R> {
    reader: R,
    max: usize,
    line: Vec<u8>,
    /// The head of the current line, once it is too long. Then `line` has its last bytes.
    head: Option<Vec<u8>>,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    pub(crate) fn new(reader: R, max: usize) -> Self {
        Self { reader, max, line: Vec::new(), head: None }
    }

    /// The next line; `None` at the end. What stands behind the last line break is no line. A call that is
    /// dropped loses nothing.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let bytes = self.reader.fill_buf().await?;
            if bytes.is_empty() {
                return Ok(None);
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let piece = &bytes[..end.unwrap_or(bytes.len())];
            if self.head.is_none() && self.line.len() + piece.len() > self.max {
                self.head = Some(self.line.iter().take(END).copied().collect());
            }
            if let Some(head) = &mut self.head {
                head.extend_from_slice(&piece[..piece.len().min(END - head.len())]);
                let last = &piece[piece.len().saturating_sub(END)..];
                self.line.extend_from_slice(last);
                let surplus = self.line.len().saturating_sub(END);
                self.line.drain(..surplus);
            } else {
                self.line.extend_from_slice(piece);
            }
            let used = piece.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                return Ok(Some(match self.head.take() {
                    None => Line::Whole(line),
                    Some(head) => Line::TooLong { head, tail: line },
                }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::io::BufReader;

    async fn all(text: &[u8], max: usize, buffer: usize) -> Vec<Line> {
        let mut lines = Lines::new(BufReader::with_capacity(buffer, text), max);
        let mut all = Vec::new();
        while let Some(line) = lines.next().await.expect("bytes in memory") {
            all.push(line);
        }
        all
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_leaves_its_ends_and_the_next_line_is_read() {
        let long = format!("{}{}", "a".repeat(300), "b".repeat(300));
        let text = format!("one\n{long}\ntwo\nno line");
        for buffer in [1, 7, 4096] {
            let lines = all(text.as_bytes(), 500, buffer).await;
            let ends = Line::TooLong { head: vec![b'a'; 256], tail: vec![b'b'; 256] };
            assert_eq!(lines, [Line::Whole(b"one".into()), ends, Line::Whole(b"two".into())]);
        }
    }

    proptest! {
        #[test]
        fn any_text_in_any_pieces_gives_the_lines_of_its_split(
            text in "[ab\n]{0,200}", max in 1usize..40, buffer in 1usize..64,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let found = runtime.block_on(all(text.as_bytes(), max, buffer));
            let mut expected: Vec<&str> = text.split('\n').collect();
            expected.pop();
            prop_assert_eq!(found.len(), expected.len());
            for (line, expected) in found.iter().zip(expected) {
                let expected = expected.as_bytes().to_vec();
                prop_assert_eq!(line, &if expected.len() <= max {
                    Line::Whole(expected)
                } else {
                    Line::TooLong { head: expected.clone(), tail: expected }
                });
            }
        }
    }
}
