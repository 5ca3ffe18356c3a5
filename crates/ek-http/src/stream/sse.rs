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
    /// Whether its blank line has come; if not, the bytes ended first and may have been cut.
    pub(crate) is_whole: bool,
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
    /// A comment or a field that the format knows has come.
    recognised: bool,
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

/// The longest that may stand in a line before the data, which alone is held to the cap.
const LONGEST_FIELD: usize = b"error: ".len();

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
            recognised: false,
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

    /// Whether anything so far belongs to a stream of events, rather than to some other text.
    pub(crate) fn is_recognised(&self) -> bool {
        self.recognised
    }

    /// Lets go of what has been read. Bytes are moved only when at least as many are let go, so that
    /// all moves together are linear.
    fn make_room(&mut self) {
        let kept_from = match self.data {
            // Longer than the data are the comments behind it: they must not pile up.
            Data::Line(start, end) if self.line - end > end - start => {
                self.set_aside(start, end);
                self.line
            }
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

    /// Takes the data of a line out of the way of what comes behind it.
    fn set_aside(&mut self, start: usize, end: usize) {
        if start == end {
            self.data = Data::Line(self.line, self.line); // an empty line is nowhere
            return;
        }
        self.joined.clear();
        self.joined.extend_from_slice(&self.buffer[start..end]);
        self.data = Data::Joined;
    }

    /// The next event; `None` until more bytes come.
    pub(crate) fn next(&mut self) -> Result<Option<SseEvent<'_>>, EventTooLarge> {
        if !self.begun && !self.skip_mark() {
            return Ok(None);
        }
        let mut is_whole = true;
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
            // Only of bytes that have not been looked at: half a line that waits is no progress.
            if self.scanned < self.buffer.len() {
                self.note_progress(self.line, self.buffer.len());
            }
            self.scanned = self.buffer.len();
            if !self.ended {
                self.check_line(self.buffer.len() - self.line)?;
                return Ok(None);
            }
            is_whole = false;
            let start = std::mem::replace(&mut self.line, self.buffer.len());
            if start < self.line {
                self.take_line(start, self.line)?;
            }
            break self.dispatch();
        };
        Ok(found.then(|| self.event(is_whole)))
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
        self.check_line(end - start)?;
        let line = &self.buffer[start..end];
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
            b"event" => self.is_error = &self.buffer[value..end] == b"error",
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
        let data = match std::mem::replace(&mut self.data, Data::None) {
            Data::Line(start, end) => &self.buffer[start..end],
            Data::Joined | Data::None => &self.joined,
        };
        SseEvent { data, is_error, is_whole }
    }
}

#[cfg(test)]
mod tests;
