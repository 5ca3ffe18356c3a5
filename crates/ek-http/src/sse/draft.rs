//! The unfinished event: its data so far and its name.

use super::line;

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SseEvent<'a> {
    /// The data. A line feed joins several lines. Never empty.
    pub(crate) data: &'a [u8],
    /// The event is named `error`.
    pub(crate) is_error: bool,
    /// The event has another name.
    is_named: bool,
    /// The event's blank line has come. Otherwise the stream ended first and may be cut.
    pub(crate) is_whole: bool,
    /// The data stands in no field, so it may be anything.
    pub(crate) has_no_field: bool,
    /// The bytes of an event that is one data line and its blank line, and how many of them come before
    /// the data.
    pub(crate) one_line: Option<(&'a [u8], usize)>,
}

impl SseEvent<'_> {
    /// Whether the event only keeps the connection open: it has a name of its own, and its data is nothing
    /// of JSON, such as the time. sse-starlette and gateways send such pings.
    pub(crate) fn is_keep_alive(&self) -> bool {
        let has_json = || self.data.iter().any(|byte| b"{}[]\"".contains(byte));
        self.is_named && !has_json()
    }
}

/// What the field `event` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Name {
    #[default]
    None,
    Error,
    Other,
}

/// The data of the unfinished event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Data {
    #[default]
    None,
    /// One line so far: its start and its end.
    Line(usize, usize),
    /// Several lines, copied together.
    Joined,
}

/// The unfinished event. Its offsets count in the buffer's current bytes, which the caller passes in.
#[derive(Debug, Default)]
pub(super) struct EventDraft {
    data: Data,
    /// Data of several lines.
    joined: Vec<u8>,
    name: Name,
    /// The name of the next event, if it comes before this event's end.
    next_name: Option<Name>,
    /// The data stands in no field.
    has_no_field: bool,
    /// The event ends where the next one begins, without a blank line.
    ends_at_next: bool,
}

impl EventDraft {
    /// Whether there is no data yet.
    pub(super) fn has_no_data(&self) -> bool {
        self.data == Data::None
    }

    /// Whether the data lies in the buffer.
    pub(super) fn lies_in_buffer(&self) -> bool {
        matches!(self.data, Data::Line(..))
    }

    pub(super) fn is_error(&self) -> bool {
        self.name == Name::Error
    }

    pub(super) fn has_no_field(&self) -> bool {
        self.has_no_field
    }

    /// Adapts offsets after the buffer discarded `shift` bytes.
    pub(super) fn shift(&mut self, shift: usize) {
        if let Data::Line(start, end) = &mut self.data {
            *start -= shift;
            *end -= shift;
        }
    }

    /// How many bytes before the current line are no longer needed.
    pub(super) fn consumed(&mut self, bytes: &[u8], line: usize) -> usize {
        match self.data {
            // An empty line needs no bytes.
            Data::Line(start, end) if start == end => {
                self.data = Data::Line(line, line);
                line
            }
            // The comments behind the data are longer than the data: do not keep them.
            Data::Line(start, end) if line - end > end - start => {
                self.copy(bytes, start, end);
                line
            }
            Data::Line(start, _) => start,
            Data::None | Data::Joined => line,
        }
    }

    fn copy(&mut self, bytes: &[u8], start: usize, end: usize) {
        self.joined.clear();
        self.joined.extend_from_slice(&bytes[start..end]);
        self.data = Data::Joined;
    }

    /// Names the event. Behind its data, this names the next event, unless a blank line follows.
    pub(super) fn name(&mut self, name: Name) {
        match self.data {
            Data::None => self.name = name,
            Data::Line(..) | Data::Joined => self.next_name = Some(name),
        }
    }

    /// The named event has been read in another way.
    pub(super) fn forget_name(&mut self) {
        self.name = Name::None;
    }

    /// The field `error` itself names the event.
    pub(super) fn mark_error(&mut self) {
        self.name = Name::Error;
    }

    /// The data that begins now stands in no field.
    pub(super) fn mark_without_field(&mut self) {
        self.has_no_field = true;
    }

    /// The length of the data with another line of `more` bytes.
    pub(super) fn length_with(&self, more: usize) -> usize {
        let line_feed = usize::from(self.data != Data::None);
        self.length() + line_feed + more
    }

    pub(super) fn length(&self) -> usize {
        match self.data {
            Data::None => 0,
            Data::Line(start, end) => end - start,
            Data::Joined => self.joined.len(),
        }
    }

    /// Adds a line of data.
    pub(super) fn push(&mut self, bytes: &[u8], start: usize, end: usize) {
        match self.data {
            Data::None => return self.data = Data::Line(start, end),
            Data::Line(first_start, first_end) => self.copy(bytes, first_start, first_end),
            Data::Joined => {}
        }
        self.joined.push(b'\n');
        self.joined.extend_from_slice(&bytes[start..end]);
    }

    /// Drops an unfinished document that stands in no field.
    pub(super) fn drop_without_field(&mut self) {
        if std::mem::take(&mut self.has_no_field) {
            self.data = Data::None;
        }
    }

    /// Whether the data is a finished document and `next` begins another one.
    pub(super) fn ends_before(&self, bytes: &[u8], next: &[u8]) -> bool {
        let data = match self.data {
            Data::None => return false,
            Data::Line(start, end) => &bytes[start..end],
            Data::Joined => &self.joined,
        };
        line::begins_document(next) && line::ends_document(data)
    }

    /// Ends the event. Returns false if it has no data and so is not an event.
    pub(super) fn end(&mut self) -> bool {
        let has_data = match self.data {
            Data::None => false,
            Data::Line(start, end) => start < end,
            Data::Joined => true,
        };
        let named = self.next_name.take();
        if has_data {
            self.name = named.unwrap_or(self.name);
        } else {
            self.data = Data::None;
            self.name = Name::None;
            self.has_no_field = false;
        }
        has_data
    }

    /// Ends the event where the next one begins.
    pub(super) fn end_at_next(&mut self) -> bool {
        let named = self.next_name.take();
        self.ends_at_next = true;
        let has_data = self.end();
        self.next_name = named;
        has_data
    }

    /// Returns the ended event, whose bytes stand before `line`, and begins the next one.
    pub(super) fn take<'a>(
        &'a mut self,
        bytes: &'a [u8],
        line: usize,
        is_whole: bool,
    ) -> SseEvent<'a> {
        let next_name = self.next_name.take().unwrap_or_default();
        let name = std::mem::replace(&mut self.name, next_name);
        let (is_error, is_named) = (name == Name::Error, name == Name::Other);
        let has_no_field = std::mem::take(&mut self.has_no_field);
        let ends_at_next = std::mem::take(&mut self.ends_at_next);
        let Data::Line(start, end) = std::mem::take(&mut self.data) else {
            return SseEvent {
                data: &self.joined,
                is_error,
                is_named,
                is_whole,
                has_no_field,
                one_line: None,
            };
        };
        let field =
            [&b"data: "[..], b"data:"].into_iter().find(|field| bytes[..start].ends_with(field));
        let blank = bytes[end..line].iter().all(|byte| matches!(byte, b'\n' | b'\r'));
        let plain = is_whole && blank && !is_error && !has_no_field && !ends_at_next;
        let one_line = field.filter(|_| plain);
        let one_line = one_line.map(|field| (&bytes[start - field.len()..line], field.len()));
        SseEvent { data: &bytes[start..end], is_error, is_named, is_whole, has_no_field, one_line }
    }
}
