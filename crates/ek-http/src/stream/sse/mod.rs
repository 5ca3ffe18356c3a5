//! Server-sent events out of bytes: incremental, linear on any fragmentation, bounded, without IO.
//!
//! The line and field rules are those of the WHATWG's event stream format, with what real servers add:
//! a field named `error` (llama.cpp) is an event named so, and a last event without its blank line is
//! flushed at the end. Events are borrowed from the buffer as they lie.

mod source;

use bytes::Bytes;
use memchr::{memchr, memchr2};

use source::Source;

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SseEvent<'a> {
    /// The data, with several lines joined by a line feed; never empty.
    pub(crate) data: &'a [u8],
    /// Whether the event is named `error`.
    pub(crate) is_error: bool,
    /// Whether its blank line has come; if not, the bytes ended first and may have been cut.
    pub(crate) is_whole: bool,
    /// The bytes of the event, if they are one line of data and the blank line, and how many of them
    /// stand before the data.
    pub(crate) framed: Option<(&'a [u8], usize)>,
}

/// An event, or a line, is longer than the cap.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EventTooLarge;

/// The decoder. Feed it bytes as they come and ask for events until there is none.
#[derive(Debug)]
pub(crate) struct SseDecoder {
    source: Source,
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
    /// A comment or a field that the format knows has come.
    recognised: bool,
    ended: bool,
}

/// The data of the event that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    None,
    /// One line so far, from here to there.
    Line(usize, usize),
    /// Several lines, copied together.
    Joined,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The longest that may stand in a line before the data, which alone is held to the cap.
const LONGEST_FIELD: usize = b"error: ".len();

impl SseDecoder {
    /// A decoder of events of at most `cap` bytes.
    pub(crate) fn new(cap: usize) -> Self {
        Self {
            source: Source::default(),
            line: 0,
            scanned: 0,
            after_return: false,
            begun: false,
            data: Data::None,
            joined: Vec::new(),
            is_error: false,
            cap,
            progress: false,
            recognised: false,
            ended: false,
        }
    }

    /// Takes bytes.
    pub(crate) fn feed(&mut self, bytes: Bytes) {
        let done = self.done();
        let moved = self.source.feed(bytes, done);
        self.move_places(moved);
    }

    fn move_places(&mut self, moved: usize) {
        self.line -= moved;
        self.scanned -= moved;
        if let Data::Line(start, end) = &mut self.data {
            *start -= moved;
            *end -= moved;
        }
    }

    /// There will be no more bytes: what lacks its blank line is an event all the same.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// Whether anything but comments and blank lines has come since this was asked last.
    pub(crate) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progress)
    }

    /// Whether anything so far belongs to a stream of events, rather than to some other text.
    pub(crate) fn is_recognised(&self) -> bool {
        self.recognised
    }

    /// How much of what is being read is not needed any more.
    fn done(&mut self) -> usize {
        match self.data {
            // Longer than the data are the comments behind it: they must not pile up.
            Data::Line(start, end) if self.line - end > end - start => {
                self.set_aside(start, end);
                self.line
            }
            Data::Line(start, _) => start,
            Data::None | Data::Joined => self.line,
        }
    }

    /// Takes the data of a line out of the way of what comes behind it.
    fn set_aside(&mut self, start: usize, end: usize) {
        if start == end {
            self.data = Data::Line(self.line, self.line); // an empty line is nowhere
            return;
        }
        self.joined.clear();
        self.joined.extend_from_slice(&self.source.bytes()[start..end]);
        self.data = Data::Joined;
    }

    /// Whether nothing is begun and nothing left, as mostly at the end of a piece, which is let go.
    pub(crate) fn is_used_up(&mut self) -> bool {
        let used_up = self.data == Data::None && !self.ended && self.source.let_go_read(self.line);
        if used_up {
            self.line = 0;
            self.scanned = 0;
        }
        used_up
    }

    /// Goes on to the bytes behind those that are being read, if there are any.
    fn go_on(&mut self) -> bool {
        if !matches!(self.data, Data::Line(..)) && self.turn_to_piece() {
            return !self.source.bytes().is_empty();
        }
        self.source.join_line()
    }

    /// Goes on at the beginning of the piece, once all that was kept has been read.
    fn turn_to_piece(&mut self) -> bool {
        let turns = self.source.turns_to_piece(self.line);
        if turns {
            self.line = 0;
            self.scanned = 0;
        }
        turns
    }

    /// What follows, where the next event would begin with it and lies in one piece; else nothing.
    pub(crate) fn ahead(&mut self) -> &[u8] {
        if !self.begun || self.is_error || self.data != Data::None {
            return &[];
        }
        self.turn_to_piece();
        self.skip_line_feed();
        &self.source.bytes()[self.line..]
    }

    /// Passes over so many bytes of what is [`ahead`](Self::ahead): a whole event with data, and no
    /// more.
    pub(crate) fn pass(&mut self, event: usize) {
        self.line += event;
        self.scanned = self.line;
        self.after_return = self.source.bytes()[self.line - 1] == b'\r';
        self.progress = true;
        self.recognised = true;
    }

    /// The last line ended in a carriage return: a line feed belongs to it.
    fn skip_line_feed(&mut self) {
        if self.after_return
            && let Some(next) = self.source.bytes().get(self.scanned)
        {
            self.after_return = false;
            if *next == b'\n' {
                self.scanned += 1;
                self.line = self.scanned;
            }
        }
    }

    /// The next event; `None` until more bytes come.
    pub(crate) fn next(&mut self) -> Result<Option<SseEvent<'_>>, EventTooLarge> {
        if !self.begun && !self.skip_mark() {
            return Ok(None);
        }
        let mut is_whole = true;
        let found = loop {
            self.skip_line_feed();
            let bytes = self.source.bytes();
            if let Some(at) = memchr2(b'\n', b'\r', &bytes[self.scanned..]) {
                let end = self.scanned + at;
                self.after_return = bytes[end] == b'\r';
                let start = std::mem::replace(&mut self.line, end + 1);
                self.scanned = self.line;
                if self.take_line(start, end)? {
                    break true;
                }
                continue;
            }
            let length = bytes.len();
            // Only of bytes that have not been looked at: half a line that waits is no progress.
            if self.scanned < length {
                self.note_progress(self.line, length);
            }
            self.scanned = length;
            if self.go_on() {
                continue;
            }
            let length = self.source.bytes().len();
            if !self.ended {
                self.check_line(length - self.line)?;
                let done = self.done();
                let moved = self.source.keep_rest(done);
                self.move_places(moved);
                return Ok(None);
            }
            is_whole = false;
            let start = std::mem::replace(&mut self.line, length);
            if start < self.line {
                self.take_line(start, self.line)?;
            }
            break self.dispatch();
        };
        Ok(found.then(|| self.event(is_whole)))
    }

    /// Skips a byte order mark at the very beginning; false while it cannot be told yet.
    fn skip_mark(&mut self) -> bool {
        loop {
            let bytes = self.source.bytes();
            let known = bytes.len().min(BOM.len());
            let may_be = bytes[..known] == BOM[..known];
            if may_be && known < BOM.len() && !self.ended {
                if self.source.join_line() {
                    continue;
                }
                return false;
            }
            if may_be && known == BOM.len() {
                self.line = BOM.len();
                self.scanned = BOM.len();
            }
            self.begun = true;
            return true;
        }
    }

    fn note_progress(&mut self, start: usize, end: usize) {
        self.progress |= start < end && self.source.bytes()[start] != b':';
    }

    /// Reads one line; true if it ends an event.
    fn take_line(&mut self, start: usize, end: usize) -> Result<bool, EventTooLarge> {
        self.note_progress(start, end);
        if start == end {
            return Ok(self.dispatch());
        }
        self.check_line(end - start)?;
        let bytes = self.source.bytes();
        let line = &bytes[start..end];
        if line.starts_with(b"data: ") {
            self.recognised = true;
            return self.push_data(start + b"data: ".len(), end).map(|()| false);
        }
        let colon = memchr(b':', line).unwrap_or(line.len());
        let (name, rest) = line.split_at(colon);
        let value = match rest {
            [b':', b' ', ..] => start + colon + 2,
            [] => end,
            _ => start + colon + 1,
        };
        match name {
            b"data" => self.push_data(value, end)?,
            b"event" => self.is_error = &bytes[value..end] == b"error",
            b"error" => {
                self.is_error = true;
                self.push_data(value, end)?;
            }
            b"" | b"id" | b"retry" => {}
            _ => return Ok(false),
        }
        self.recognised = true;
        Ok(false)
    }

    fn push_data(&mut self, start: usize, end: usize) -> Result<(), EventTooLarge> {
        let line_feed = usize::from(self.data != Data::None);
        self.check(line_feed + end - start)?;
        match self.data {
            Data::None => self.data = Data::Line(start, end),
            Data::Line(first_start, first_end) => {
                self.joined.clear();
                self.joined.extend_from_slice(&self.source.bytes()[first_start..first_end]);
                self.data = Data::Joined;
                self.join(start, end);
            }
            Data::Joined => self.join(start, end),
        }
        Ok(())
    }

    fn join(&mut self, start: usize, end: usize) {
        self.joined.push(b'\n');
        self.joined.extend_from_slice(&self.source.bytes()[start..end]);
    }

    /// Whether the event still fits with a line of this length. Told of half a line as of the whole,
    /// so that it makes no difference how the bytes were cut.
    fn check_line(&self, length: usize) -> Result<(), EventTooLarge> {
        self.check(length.saturating_sub(LONGEST_FIELD))
    }

    /// Whether the event still fits with this much more data.
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
    fn event(&mut self, is_whole: bool) -> SseEvent<'_> {
        let is_error = std::mem::take(&mut self.is_error);
        let data = std::mem::replace(&mut self.data, Data::None);
        let bytes = self.source.bytes();
        let Data::Line(start, end) = data else {
            return SseEvent { data: &self.joined, is_error, is_whole, framed: None };
        };
        let name =
            [&b"data: "[..], b"data:"].into_iter().find(|name| bytes[..start].ends_with(name));
        let blank = bytes[end..self.line].iter().all(|byte| matches!(byte, b'\n' | b'\r'));
        let framed = name.filter(|_| is_whole && blank && !is_error);
        let framed = framed.map(|name| (&bytes[start - name.len()..self.line], name.len()));
        SseEvent { data: &bytes[start..end], is_error, is_whole, framed }
    }
}

#[cfg(test)]
mod tests;
