//! Server-sent events out of bytes: incremental, linear on any fragmentation, bounded, without IO.
//!
//! The line and field rules are those of the WHATWG's event stream format, with what real servers add:
//! a field named `error` (llama.cpp) is an event named so, a last event without its blank line is
//! flushed at the end, a document that begins where another has ended begins an event, and JSON
//! without a field in front of it is an event as well. Events are borrowed from the buffer as they lie.

mod draft;
mod line;
pub(crate) mod sniff;
mod source;

use bytes::Bytes;
use memchr::memchr2;

pub(crate) use draft::SseEvent;
pub(crate) use line::is_document;

use draft::EventDraft;
use line::Field;
use source::Source;

use crate::json::BOM;

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
    draft: EventDraft,
    cap: usize,
    progress: bool,
    /// A comment or a field that the format knows has come.
    recognised: bool,
    /// Data has come in its field, so that JSON outside of it is something else.
    has_fields: bool,
    ended: bool,
}

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
            draft: EventDraft::new(),
            cap,
            progress: false,
            recognised: false,
            has_fields: false,
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
        self.draft.move_places(moved);
    }

    /// There will be no more bytes: what lacks its blank line is an event all the same.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// Whether any data has come since this was asked last. Comments, blank lines and fields that bring
    /// no event are none.
    pub(crate) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progress)
    }

    /// Whether anything so far belongs to a stream of events, rather than to some other text.
    pub(crate) fn is_recognised(&self) -> bool {
        self.recognised
    }

    /// How much of what is being read is not needed any more.
    fn done(&mut self) -> usize {
        self.draft.done(self.source.bytes(), self.line)
    }

    /// Whether nothing is begun and nothing left, as mostly at the end of a piece, which is let go.
    pub(crate) fn is_used_up(&mut self) -> bool {
        let used_up = self.draft.has_no_data() && !self.ended && self.source.let_go_read(self.line);
        if used_up {
            self.line = 0;
            self.scanned = 0;
        }
        used_up
    }

    /// Goes on to the bytes behind those that are being read, if there are any.
    fn go_on(&mut self) -> bool {
        if !self.draft.lies_in_bytes() && self.turn_to_piece() {
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
        if !self.begun || self.draft.is_error() || !self.draft.has_no_data() {
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
                self.note_progress(self.line, end);
                self.after_return = self.source.bytes()[end] == b'\r';
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
            break self.draft.end();
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

    /// Looks at what of the line from there has not been looked at.
    fn note_progress(&mut self, start: usize, end: usize) {
        let line = &self.source.bytes()[start..end];
        self.progress = self.progress || line::is_progress(line, self.scanned - start);
    }

    /// Reads one line; true if it ends an event.
    fn take_line(&mut self, start: usize, end: usize) -> Result<bool, EventTooLarge> {
        if start == end {
            return Ok(self.draft.end());
        }
        self.check_line(end - start)?;
        let line = &self.source.bytes()[start..end];
        if line.starts_with(b"data: ") {
            return self.take_data(Field::Data, start, (start + b"data: ".len(), end));
        }
        let (field, value) = line::field(line);
        let value = start + value;
        match field {
            Field::Data | Field::Error => return self.take_data(field, start, (value, end)),
            Field::Document => return self.take_document(start, (value, end)),
            Field::Event => self.draft.name(&line[value - start..] == b"error"),
            Field::Ignored => {}
            // A line of a document that began before.
            Field::Unknown if self.draft.is_aside() => {
                return self.push_data(start, end).map(|()| false);
            }
            Field::Unknown => return Ok(false),
        }
        self.recognised = true;
        Ok(false)
    }

    /// Takes a line of data, unless it begins the next event.
    fn take_data(
        &mut self,
        field: Field,
        start: usize,
        (value, end): (usize, usize),
    ) -> Result<bool, EventTooLarge> {
        self.recognised = true;
        if self.begins_next(value, end) {
            return Ok(self.end_before(start));
        }
        self.has_fields = true;
        self.draft.drop_aside();
        if field == Field::Error {
            self.draft.mark_error();
        }
        self.push_data(value, end).map(|()| false)
    }

    /// Takes a line of JSON that stands in no field. It is an event if it is whole; else the lines that
    /// follow may complete it.
    fn take_document(
        &mut self,
        start: usize,
        (value, end): (usize, usize),
    ) -> Result<bool, EventTooLarge> {
        self.recognised = true;
        if self.begins_next(value, end) {
            return Ok(self.end_before(start));
        }
        self.check(self.draft.length_with(end - value))?;
        let begins = self.draft.has_no_data();
        let bytes = self.source.bytes();
        match self.has_fields {
            true => self.draft.push_aside(bytes, value, end),
            false => self.draft.push(bytes, value, end),
        }
        let whole = begins && is_document(&bytes[value..end]);
        Ok(whole && self.draft.end())
    }

    /// Whether an event ends before this line of data.
    fn begins_next(&self, start: usize, end: usize) -> bool {
        let bytes = self.source.bytes();
        self.draft.ends_before(bytes, &bytes[start..end])
    }

    /// Ends the event before the line that begins there, which is read again.
    fn end_before(&mut self, start: usize) -> bool {
        self.line = start;
        self.scanned = start;
        self.after_return = false;
        self.draft.end_at_next()
    }

    fn push_data(&mut self, start: usize, end: usize) -> Result<(), EventTooLarge> {
        self.check(self.draft.length_with(end - start))?;
        self.draft.push(self.source.bytes(), start, end);
        Ok(())
    }

    /// Whether the event still fits with a line of this length. Told of half a line as of the whole,
    /// so that it makes no difference how the bytes were cut.
    fn check_line(&self, length: usize) -> Result<(), EventTooLarge> {
        self.check(self.draft.length() + length.saturating_sub(LONGEST_FIELD))
    }

    fn check(&self, length: usize) -> Result<(), EventTooLarge> {
        if length > self.cap { Err(EventTooLarge) } else { Ok(()) }
    }

    /// The event that was found; the decoder is ready for the next.
    fn event(&mut self, is_whole: bool) -> SseEvent<'_> {
        self.draft.take(self.source.bytes(), self.line, is_whole)
    }
}

#[cfg(test)]
mod tests;
