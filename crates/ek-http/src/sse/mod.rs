//! Decodes server-sent events from bytes. No IO.
//!
//! The decoder is our own because four things have to hold together:
//!
//! - It copies no event that lies whole in the bytes of one read: a stream has an event for each token.
//! - It takes linear time however the bytes are split, and it limits the length of an event.
//! - It says whether data came, so that comments do not count against the idle limit.
//! - It accepts what real servers send beside the WHATWG's event stream format: a field `error`
//!   (llama.cpp), a last event without its blank line, events whose JSON documents follow each other
//!   without blank lines, and JSON outside of any field.
//!
//! `line` names the field of a line, `draft` collects the lines of an event, and `buffer` holds the
//! unread bytes. `sniff` skips what may come before a stream or a document.

mod buffer;
mod draft;
mod line;
pub(crate) mod sniff;

use bytes::Bytes;
use memchr::memchr2;

pub(crate) use draft::SseEvent;
pub(crate) use line::is_document;

use buffer::ByteBuffer;
use draft::{EventDraft, Name};
use line::Field;

use crate::json::BOM;

/// An event or a line is longer than the cap.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EventTooLarge;

/// The decoder. Feed it bytes, then take events until there are none.
#[derive(Debug, Default)]
pub(crate) struct SseDecoder {
    buffer: ByteBuffer,
    /// Where the current line begins.
    line: usize,
    /// Up to where the end of the line has been searched for. No byte is searched twice.
    scanned: usize,
    /// The last line ended in a carriage return: a line feed that follows belongs to it.
    after_return: bool,
    /// The beginning has been checked for a byte order mark.
    past_bom: bool,
    draft: EventDraft,
    /// The longest data of an event, in bytes.
    cap: usize,
    progress: bool,
    /// A comment or a known field has come.
    recognised: bool,
    /// Data has come in a field, so JSON outside of any field is something else.
    has_fields: bool,
    ended: bool,
}

/// The longest part of a line before its data. The cap limits the data alone.
const LONGEST_FIELD: usize = b"error: ".len();

/// Whether a body begins as an event stream does.
pub(crate) fn looks_like_events(body: &[u8]) -> bool {
    const FIELDS: [&[u8]; 6] = [b"data:", b"event:", b"id:", b"retry:", b"error:", b":"];
    FIELDS.iter().any(|field| body.trim_ascii_start().starts_with(field))
}

impl SseDecoder {
    /// A decoder of events of at most `cap` bytes.
    pub(crate) fn new(cap: usize) -> Self {
        Self { cap, ..Self::default() }
    }

    /// Adds bytes.
    pub(crate) fn feed(&mut self, bytes: Bytes) {
        let consumed = self.draft.consumed(self.buffer.bytes(), self.line);
        let shift = self.buffer.feed(bytes, consumed);
        self.shift(shift);
    }

    /// Adapts offsets after the buffer discarded `shift` bytes.
    fn shift(&mut self, shift: usize) {
        self.line -= shift;
        self.scanned -= shift;
        self.draft.shift(shift);
    }

    /// No more bytes follow: the last event needs no blank line.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// Whether data has come since the last call. Comments, blank lines and other fields are not data.
    pub(crate) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progress)
    }

    /// Whether anything so far belongs to an event stream.
    pub(crate) fn is_recognised(&self) -> bool {
        self.recognised
    }

    /// Releases the bytes if all of them are read and no event is unfinished, as at the end of most
    /// reads. Returns whether it did.
    pub(crate) fn release_if_read(&mut self) -> bool {
        let released =
            self.draft.has_no_data() && !self.ended && self.buffer.release_if_read(self.line);
        if released {
            self.line = 0;
            self.scanned = 0;
        }
        released
    }

    /// Makes more bytes current. Returns false if there are none.
    fn advance(&mut self) -> bool {
        if !self.draft.lies_in_buffer() && self.advance_to_fed() {
            return !self.buffer.bytes().is_empty();
        }
        self.buffer.join_line()
    }

    /// Makes the fed bytes current if the retained ones are read to their end.
    fn advance_to_fed(&mut self) -> bool {
        let advances = self.buffer.advance_to_fed(self.line);
        if advances {
            self.line = 0;
            self.scanned = 0;
        }
        advances
    }

    /// The current bytes if the next event begins there, else nothing.
    pub(crate) fn ahead(&mut self) -> &[u8] {
        if !self.past_bom || self.draft.is_error() || !self.draft.has_no_data() {
            return &[];
        }
        self.advance_to_fed();
        self.skip_line_feed();
        &self.buffer.bytes()[self.line..]
    }

    /// Skips the next `event` bytes of [`ahead`](Self::ahead), which are one whole event with data.
    pub(crate) fn pass(&mut self, event: usize) {
        self.line += event;
        self.scanned = self.line;
        self.after_return = self.buffer.bytes()[self.line - 1] == b'\r';
        self.progress = true;
        self.recognised = true;
        self.draft.forget_name();
    }

    /// Skips the line feed that belongs to the carriage return before it.
    fn skip_line_feed(&mut self) {
        if self.after_return
            && let Some(next) = self.buffer.bytes().get(self.scanned)
        {
            self.after_return = false;
            if *next == b'\n' {
                self.scanned += 1;
                self.line = self.scanned;
            }
        }
    }

    /// The next event, or `None` until more bytes come.
    pub(crate) fn next(&mut self) -> Result<Option<SseEvent<'_>>, EventTooLarge> {
        if !self.past_bom && !self.skip_bom() {
            return Ok(None);
        }
        let mut is_whole = true;
        let found = loop {
            self.skip_line_feed();
            let bytes = self.buffer.bytes();
            if let Some(at) = memchr2(b'\n', b'\r', &bytes[self.scanned..]) {
                let end = self.scanned + at;
                self.note_progress(self.line, end);
                self.after_return = self.buffer.bytes()[end] == b'\r';
                let start = std::mem::replace(&mut self.line, end + 1);
                self.scanned = self.line;
                if self.take_line(start, end)? {
                    break true;
                }
                continue;
            }
            let length = bytes.len();
            // Only new bytes are progress, not an incomplete line that waits.
            if self.scanned < length {
                self.note_progress(self.line, length);
            }
            self.scanned = length;
            if self.advance() {
                continue;
            }
            let length = self.buffer.bytes().len();
            if !self.ended {
                self.check_line(length - self.line)?;
                let consumed = self.draft.consumed(self.buffer.bytes(), self.line);
                let shift = self.buffer.retain_rest(consumed);
                self.shift(shift);
                return Ok(None);
            }
            is_whole = false;
            let start = std::mem::replace(&mut self.line, length);
            if start < self.line {
                self.take_line(start, self.line)?;
            }
            break self.draft.end();
        };
        Ok(found.then(|| self.draft.take(self.buffer.bytes(), self.line, is_whole)))
    }

    /// Skips a byte order mark at the beginning. Returns false if more bytes are needed to recognise it.
    fn skip_bom(&mut self) -> bool {
        loop {
            let bytes = self.buffer.bytes();
            let known = bytes.len().min(BOM.len());
            let may_be = bytes[..known] == BOM[..known];
            if may_be && known < BOM.len() && !self.ended {
                if self.buffer.join_line() {
                    continue;
                }
                return false;
            }
            if may_be && known == BOM.len() {
                self.line = BOM.len();
                self.scanned = BOM.len();
            }
            self.past_bom = true;
            return true;
        }
    }

    /// Looks for data in the new bytes of a line.
    fn note_progress(&mut self, start: usize, end: usize) {
        let line = &self.buffer.bytes()[start..end];
        self.progress = self.progress || line::is_progress(line, self.scanned - start);
    }

    /// Reads one line. Returns true if it ends an event.
    fn take_line(&mut self, start: usize, end: usize) -> Result<bool, EventTooLarge> {
        if start == end {
            return Ok(self.draft.end());
        }
        self.check_line(end - start)?;
        let line = &self.buffer.bytes()[start..end];
        if line.starts_with(b"data: ") {
            return self.take_value(Field::Data, start, (start + b"data: ".len(), end));
        }
        let (field, value) = line::field(line);
        match field {
            // A later line of a document outside of any field.
            Field::Document
                if self.is_in_document() && line.trim_ascii_start().starts_with(b"\"") =>
            {
                return self.push(start, end).map(|()| false);
            }
            Field::Unknown if self.is_in_document() => {
                return self.push(start, end).map(|()| false);
            }
            Field::Data | Field::Error | Field::Document => {
                return self.take_value(field, start, (start + value, end));
            }
            Field::Event => {
                let name = match &line[value..] {
                    b"" => Name::None,
                    b"error" => Name::Error,
                    _ => Name::Other,
                };
                self.draft.name(name);
            }
            Field::Ignored => {}
            Field::Unknown => return Ok(false),
        }
        self.recognised = true;
        Ok(false)
    }

    /// Whether the data so far is the beginning of a document outside of any field.
    fn is_in_document(&self) -> bool {
        self.draft.has_no_field() || !self.has_fields && !self.draft.has_no_data()
    }

    /// Reads the data of a line. Returns true if the event is whole: a document outside of any field ends
    /// with its line, and a new document ends the one before it.
    fn take_value(
        &mut self,
        field: Field,
        start: usize,
        (value, end): (usize, usize),
    ) -> Result<bool, EventTooLarge> {
        self.recognised = true;
        let bytes = self.buffer.bytes();
        if self.draft.ends_before(bytes, &bytes[value..end]) {
            // The line belongs to the next event and is read again.
            self.line = start;
            self.scanned = start;
            self.after_return = false;
            return Ok(self.draft.end_at_next());
        }
        if field != Field::Document {
            self.has_fields = true;
            self.draft.drop_without_field();
            if field == Field::Error {
                self.draft.mark_error();
            }
            return self.push(value, end).map(|()| false);
        }
        let begins = self.draft.has_no_data();
        self.push(value, end)?;
        if begins && self.has_fields {
            self.draft.mark_without_field();
        }
        Ok(begins && is_document(&self.buffer.bytes()[value..end]) && self.draft.end())
    }

    /// Adds a line to the data.
    fn push(&mut self, start: usize, end: usize) -> Result<(), EventTooLarge> {
        self.check(self.draft.length_with(end - start))?;
        self.draft.push(self.buffer.bytes(), start, end);
        Ok(())
    }

    /// Checks that a line of this length fits into the event. An incomplete line counts as a whole one, so
    /// that the result does not depend on how the bytes were split.
    fn check_line(&self, length: usize) -> Result<(), EventTooLarge> {
        self.check(self.draft.length() + length.saturating_sub(LONGEST_FIELD))
    }

    fn check(&self, length: usize) -> Result<(), EventTooLarge> {
        if length > self.cap { Err(EventTooLarge) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
