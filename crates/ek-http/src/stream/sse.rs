//! Server-sent events out of bytes: incremental, linear on any fragmentation, bounded, without IO.
//!
//! The line and field rules are those of the WHATWG's event stream format, with what real servers add:
//! a field named `error` (llama.cpp) is an event named so, and a last event without its blank line is
//! flushed at the end. Events are borrowed from the buffer as they lie.

use memchr::{memchr, memchr2};

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SseEvent<'a> {
    /// The data, with several lines joined by a line feed; never empty.
    pub(crate) data: &'a [u8],
    /// Whether the event is named `error`.
    pub(crate) is_error: bool,
}

/// An event, or a line, is longer than the cap.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EventTooLarge;

/// The decoder. Feed it bytes as they come and ask for events until there is none.
#[derive(Debug)]
pub(crate) struct SseDecoder {
    buffer: Vec<u8>,
    /// Where the line that is being read begins.
    line: usize,
    /// How far its end has been searched for: no byte is searched twice.
    scanned: usize,
    /// The last line ended in a carriage return: a line feed that follows belongs to it.
    after_return: bool,
    /// The first bytes have been looked at for a byte order mark.
    begun: bool,
    data: Data,
    /// Data of several lines.
    joined: Vec<u8>,
    is_error: bool,
    cap: usize,
    progress: bool,
    ended: bool,
}

/// The data of the event that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    None,
    /// One line so far, from here to there in the buffer.
    Line(usize, usize),
    /// Several lines, copied together.
    Joined,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

impl SseDecoder {
    /// A decoder of events of at most `cap` bytes.
    pub(crate) fn new(cap: usize) -> Self {
        Self {
            buffer: Vec::new(),
            line: 0,
            scanned: 0,
            after_return: false,
            begun: false,
            data: Data::None,
            joined: Vec::new(),
            is_error: false,
            cap,
            progress: false,
            ended: false,
        }
    }

    /// Takes bytes.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.make_room();
        self.buffer.extend_from_slice(bytes);
    }

    /// There will be no more bytes: what lacks its blank line is an event all the same.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// Whether anything but comments and blank lines has come since this was asked last.
    pub(crate) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progress)
    }

    /// Lets go of what has been read. Bytes are moved only when at least as many are let go, so that
    /// all moves together are linear.
    fn make_room(&mut self) {
        let kept_from = match self.data {
            Data::Line(start, _) => start,
            Data::None | Data::Joined => self.line,
        };
        if kept_from * 2 < self.buffer.len() {
            return;
        }
        self.buffer.drain(..kept_from);
        self.line -= kept_from;
        self.scanned -= kept_from;
        if let Data::Line(start, end) = &mut self.data {
            *start -= kept_from;
            *end -= kept_from;
        }
    }

    /// The next event; `None` until more bytes come.
    pub(crate) fn next(&mut self) -> Result<Option<SseEvent<'_>>, EventTooLarge> {
        if !self.begun && !self.skip_mark() {
            return Ok(None);
        }
        let found = loop {
            if self.after_return && self.scanned < self.buffer.len() {
                self.after_return = false;
                if self.buffer[self.scanned] == b'\n' {
                    self.scanned += 1;
                    self.line = self.scanned;
                }
            }
            if let Some(at) = memchr2(b'\n', b'\r', &self.buffer[self.scanned..]) {
                let end = self.scanned + at;
                self.after_return = self.buffer[end] == b'\r';
                let start = std::mem::replace(&mut self.line, end + 1);
                self.scanned = self.line;
                if self.take_line(start, end)? {
                    break true;
                }
                continue;
            }
            self.note_progress(self.line, self.buffer.len());
            self.scanned = self.buffer.len();
            if !self.ended {
                self.check(self.buffer.len() - self.line)?;
                return Ok(None);
            }
            let start = std::mem::replace(&mut self.line, self.buffer.len());
            if start < self.line {
                self.take_line(start, self.line)?;
            }
            break self.dispatch();
        };
        Ok(found.then(|| self.event()))
    }

    /// Skips a byte order mark at the very beginning; false while it cannot be told yet.
    fn skip_mark(&mut self) -> bool {
        let known = self.buffer.len().min(BOM.len());
        let may_be = self.buffer[..known] == BOM[..known];
        if may_be && known < BOM.len() && !self.ended {
            return false;
        }
        if may_be && known == BOM.len() {
            self.line = BOM.len();
            self.scanned = BOM.len();
        }
        self.begun = true;
        true
    }

    fn note_progress(&mut self, start: usize, end: usize) {
        self.progress |= start < end && self.buffer[start] != b':';
    }

    /// Reads one line; true if it ends an event.
    fn take_line(&mut self, start: usize, end: usize) -> Result<bool, EventTooLarge> {
        self.note_progress(start, end);
        if start == end {
            return Ok(self.dispatch());
        }
        let line = &self.buffer[start..end];
        let colon = memchr(b':', line).unwrap_or(line.len());
        let (name, rest) = line.split_at(colon);
        let value = match rest {
            [b':', b' ', ..] => start + colon + 2,
            [] => end,
            _ => start + colon + 1,
        };
        match name {
            b"data" => self.push_data(value, end)?,
            b"event" => self.is_error = &self.buffer[value..end] == b"error",
            b"error" => {
                self.is_error = true;
                self.push_data(value, end)?;
            }
            _ => {} // comments, id, retry, unknown
        }
        Ok(false)
    }

    fn push_data(&mut self, start: usize, end: usize) -> Result<(), EventTooLarge> {
        self.check(end - start)?;
        match self.data {
            Data::None => self.data = Data::Line(start, end),
            Data::Line(first_start, first_end) => {
                self.joined.clear();
                self.joined.extend_from_slice(&self.buffer[first_start..first_end]);
                self.data = Data::Joined;
                self.join(start, end);
            }
            Data::Joined => self.join(start, end),
        }
        Ok(())
    }

    fn join(&mut self, start: usize, end: usize) {
        self.joined.push(b'\n');
        self.joined.extend_from_slice(&self.buffer[start..end]);
    }

    /// Whether the event still fits with this much more.
    fn check(&self, more: usize) -> Result<(), EventTooLarge> {
        let held = match self.data {
            Data::None => 0,
            Data::Line(start, end) => end - start,
            Data::Joined => self.joined.len(),
        };
        if held + more > self.cap { Err(EventTooLarge) } else { Ok(()) }
    }

    /// Whether the blank line ends an event that has data.
    fn dispatch(&mut self) -> bool {
        let empty = match self.data {
            Data::None => true,
            Data::Line(start, end) => start == end,
            Data::Joined => false,
        };
        if empty {
            self.data = Data::None;
            self.is_error = false;
        }
        !empty
    }

    /// The event that was found; the decoder is ready for the next.
    fn event(&mut self) -> SseEvent<'_> {
        let is_error = std::mem::take(&mut self.is_error);
        let data = match std::mem::replace(&mut self.data, Data::None) {
            Data::Line(start, end) => &self.buffer[start..end],
            Data::Joined | Data::None => &self.joined,
        };
        SseEvent { data, is_error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(decoder: &mut SseDecoder, events: &mut Vec<(String, bool)>) {
        while let Some(event) = decoder.next().expect("below the cap") {
            events.push((String::from_utf8_lossy(event.data).into_owned(), event.is_error));
        }
    }

    fn events(pieces: &[&[u8]]) -> Vec<(String, bool)> {
        let mut decoder = SseDecoder::new(1 << 20);
        let mut events = Vec::new();
        for piece in pieces {
            decoder.feed(piece);
            drain(&mut decoder, &mut events);
        }
        decoder.end();
        drain(&mut decoder, &mut events);
        drain(&mut decoder, &mut events);
        events
    }

    fn data(text: &str) -> Vec<String> {
        events(&[text.as_bytes()]).into_iter().map(|(data, _)| data).collect()
    }

    /// Scenario 51 of the fault list.
    #[test]
    fn s51_every_ending_and_every_split_gives_the_same_events() {
        for ending in ["\n", "\r", "\r\n"] {
            let text = ["data: a", "data:b", "", ": c", "data: ø🦦", "", ""].join(ending);
            let whole = events(&[text.as_bytes()]);
            assert_eq!(whole, [("a\nb".to_owned(), false), ("ø🦦".to_owned(), false)]);
            for cut in 0..=text.len() {
                let (a, b) = text.as_bytes().split_at(cut);
                assert_eq!(events(&[a, b"", b]), whole, "{ending:?} {cut}");
            }
            let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(events(&bytes), whole);
        }
        assert_eq!(data("data: a\r\n\rdata: b\n\r\ndata: c\r\r"), ["a", "b", "c"]);
    }

    #[test]
    fn an_event_ended_by_returns_comes_without_waiting_for_the_next_byte() {
        let mut decoder = SseDecoder::new(100);
        decoder.feed(b"data: a\r\r");
        assert!(decoder.next().is_ok_and(|event| event.is_some_and(|event| event.data == b"a")));
    }

    /// Scenario 52 of the fault list.
    #[test]
    fn s52_one_mark_at_the_beginning_is_skipped_and_later_ones_kept() {
        assert_eq!(data("\u{feff}data: a\n\n"), ["a"]);
        assert_eq!(events(&[b"\xef", b"\xbb", b"\xbfdata: a\n\n"])[0].0, "a");
        assert_eq!(data("data: \u{feff}a\n\n"), ["\u{feff}a"]);
        assert_eq!(data("\u{feff}\u{feff}data: a\n\ndata: b\n\n"), ["b"]);
        assert_eq!(events(&[b"\xef"]), []);
    }

    /// Scenario 54 of the fault list.
    #[test]
    fn s54_fields_that_carry_no_data_make_no_event() {
        let text =
            ": c\n\nevent: x\n\nid: \0\n\nretry: x\n\nfoo: y\n\ndata\n\ndata:\n\ndata: a\n\n";
        assert_eq!(data(text), ["a"]);
        assert_eq!(data("data:  two spaces\n\n"), [" two spaces"]);
        assert_eq!(data("data: x\ndata\ndata: y\n\n"), ["x\n\ny"]);
    }

    #[test]
    fn an_error_is_known_by_its_event_name_or_its_field() {
        let text = b"event: error\ndata: a\n\nerror: b\n\ndata: c\nevent: message\n\nevent: error\n\ndata: d\n\n";
        let found = events(&[text]);
        let found: Vec<_> = found.iter().map(|(data, error)| (data.as_str(), *error)).collect();
        assert_eq!(found, [("a", true), ("b", true), ("c", false), ("d", false)]);
    }

    /// Scenario 57 of the fault list.
    #[test]
    fn s57_a_last_event_without_its_blank_line_is_flushed() {
        assert_eq!(data("data: a\n\ndata: b"), ["a", "b"]);
        assert_eq!(data("data: a\n\ndata: b\n"), ["a", "b"]);
    }

    /// Scenarios 66 and 67 of the fault list.
    #[test]
    fn s66_s67_what_is_longer_than_the_cap_is_refused_and_memory_stays_flat() {
        let mut decoder = SseDecoder::new(1000);
        let mut fed = 0;
        let refused = loop {
            decoder.feed(&[b'x'; 64]);
            fed += 64;
            if decoder.next().is_err() {
                break true;
            }
            if fed > 100_000 {
                break false;
            }
        };
        assert!(refused && fed <= 1100, "{fed}");
        let mut decoder = SseDecoder::new(1000);
        for _ in 0..20 {
            decoder.feed(format!("data: {}\n", "x".repeat(90)).as_bytes());
        }
        assert_eq!(decoder.next(), Err(EventTooLarge));

        let mut decoder = SseDecoder::new(1000);
        for _ in 0..10_000 {
            decoder.feed(format!("data: {}\n\n", "x".repeat(900)).as_bytes());
            assert!(decoder.next().is_ok_and(|event| event.is_some()));
        }
        assert!(decoder.buffer.capacity() < 10_000, "{}", decoder.buffer.capacity());
    }

    #[test]
    fn comments_and_blank_lines_are_no_progress() {
        let mut decoder = SseDecoder::new(1000);
        let mut progress = |bytes: &[u8]| {
            decoder.feed(bytes);
            while decoder.next().is_ok_and(|event| event.is_some()) {}
            decoder.take_progress()
        };
        assert!(!progress(b": pi"));
        assert!(!progress(b"ng\n\n"));
        assert!(progress(b"d"));
        assert!(progress(b"ata: a"));
        assert!(progress(b"\n\n"));
        assert!(!progress(b"\n\r\n"));
    }
}
