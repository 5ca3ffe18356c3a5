//! The event that is being read: its data so far, and what it is called.

use super::line;

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SseEvent<'a> {
    /// The data, with several lines joined by a line feed; never empty.
    pub(crate) data: &'a [u8],
    /// Whether the event is named `error`.
    pub(crate) is_error: bool,
    /// Whether its blank line has come; if not, the bytes ended first and may have been cut.
    pub(crate) is_whole: bool,
    /// Whether the data stood in no field: it may be anything.
    pub(crate) is_aside: bool,
    /// The bytes of the event, if they are one line of data and the blank line, and how many of them
    /// stand before the data.
    pub(crate) framed: Option<(&'a [u8], usize)>,
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

/// The event in the making. Places are counted in the bytes that are being read, which are handed in.
#[derive(Debug)]
pub(super) struct EventDraft {
    data: Data,
    /// Data of several lines.
    joined: Vec<u8>,
    is_error: bool,
    /// Of the event that comes next, if its name came before the last one's end.
    next_is_error: Option<bool>,
    /// The data stands in no field.
    is_aside: bool,
    /// The event ends where the next one begins, without a blank line.
    ends_at_next: bool,
}

impl EventDraft {
    pub(super) fn new() -> Self {
        Self {
            data: Data::None,
            joined: Vec::new(),
            is_error: false,
            next_is_error: None,
            is_aside: false,
            ends_at_next: false,
        }
    }

    /// Whether there is no data yet.
    pub(super) fn has_no_data(&self) -> bool {
        self.data == Data::None
    }

    /// Whether the data lies in the bytes that are being read.
    pub(super) fn lies_in_bytes(&self) -> bool {
        matches!(self.data, Data::Line(..))
    }

    pub(super) fn is_error(&self) -> bool {
        self.is_error
    }

    pub(super) fn is_aside(&self) -> bool {
        self.is_aside
    }

    pub(super) fn move_places(&mut self, moved: usize) {
        if let Data::Line(start, end) = &mut self.data {
            *start -= moved;
            *end -= moved;
        }
    }

    /// How many of the bytes up to the line that is being read are not needed any more.
    pub(super) fn done(&mut self, bytes: &[u8], line: usize) -> usize {
        match self.data {
            // An empty line is nowhere.
            Data::Line(start, end) if start == end => {
                self.data = Data::Line(line, line);
                line
            }
            // Longer than the data are the comments behind it: they must not pile up.
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

    /// Names the event; behind its data, that is the name of the next one, unless a blank line comes.
    pub(super) fn name(&mut self, is_error: bool) {
        match self.data {
            Data::None => self.is_error = is_error,
            Data::Line(..) | Data::Joined => self.next_is_error = Some(is_error),
        }
    }

    /// The field itself says that the event is an error.
    pub(super) fn mark_error(&mut self) {
        self.is_error = true;
    }

    /// How much data there would be with another line of this length.
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

    /// Takes a line of data.
    pub(super) fn push(&mut self, bytes: &[u8], start: usize, end: usize) {
        match self.data {
            Data::None => return self.data = Data::Line(start, end),
            Data::Line(first_start, first_end) => self.copy(bytes, first_start, first_end),
            Data::Joined => {}
        }
        self.joined.push(b'\n');
        self.joined.extend_from_slice(&bytes[start..end]);
    }

    /// Takes a line that stands in no field.
    pub(super) fn push_aside(&mut self, bytes: &[u8], start: usize, end: usize) {
        self.is_aside |= self.data == Data::None;
        self.push(bytes, start, end);
    }

    /// Half a document that stood in no field belongs to nothing.
    pub(super) fn drop_aside(&mut self) {
        if std::mem::take(&mut self.is_aside) {
            self.data = Data::None;
        }
    }

    /// Whether the data so far is a document that has ended, and `next` begins another.
    pub(super) fn ends_before(&self, bytes: &[u8], next: &[u8]) -> bool {
        let data = match self.data {
            Data::None => return false,
            Data::Line(start, end) => &bytes[start..end],
            Data::Joined => &self.joined,
        };
        line::begins_document(next) && line::ends_document(data)
    }

    /// The event ends; false if it has no data, and so is none.
    pub(super) fn end(&mut self) -> bool {
        let has_data = match self.data {
            Data::None => false,
            Data::Line(start, end) => start < end,
            Data::Joined => true,
        };
        let named = self.next_is_error.take();
        if has_data {
            self.is_error = named.unwrap_or(self.is_error);
        } else {
            self.data = Data::None;
            self.is_error = false;
            self.is_aside = false;
        }
        has_data
    }

    /// The event ends where the next one begins.
    pub(super) fn end_at_next(&mut self) -> bool {
        let named = self.next_is_error.take();
        self.ends_at_next = true;
        let has_data = self.end();
        self.next_is_error = named;
        has_data
    }

    /// The event that has ended, in the bytes up to `line`. The draft is ready for the next.
    pub(super) fn take<'a>(
        &'a mut self,
        bytes: &'a [u8],
        line: usize,
        is_whole: bool,
    ) -> SseEvent<'a> {
        let next_is_error = self.next_is_error.take().unwrap_or_default();
        let is_error = std::mem::replace(&mut self.is_error, next_is_error);
        let is_aside = std::mem::take(&mut self.is_aside);
        let ends_at_next = std::mem::take(&mut self.ends_at_next);
        let data = std::mem::replace(&mut self.data, Data::None);
        let Data::Line(start, end) = data else {
            return SseEvent { data: &self.joined, is_error, is_whole, is_aside, framed: None };
        };
        let name =
            [&b"data: "[..], b"data:"].into_iter().find(|name| bytes[..start].ends_with(name));
        let blank = bytes[end..line].iter().all(|byte| matches!(byte, b'\n' | b'\r'));
        let plain = is_whole && blank && !is_error && !is_aside && !ends_at_next;
        let framed = name.filter(|_| plain);
        let framed = framed.map(|name| (&bytes[start - name.len()..line], name.len()));
        SseEvent { data: &bytes[start..end], is_error, is_whole, is_aside, framed }
    }
}
