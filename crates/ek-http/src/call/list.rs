//! A JSON array whose items come one by one becomes an event stream.
//!
//! Gemini answers a streaming request so if it was not asked for events. Read as one document, such a body
//! would give nothing before its end, and a cut one would lose all that came.

/// The place in an array.
#[derive(Debug, Default)]
pub(super) struct List {
    /// How many arrays and objects are open, the list included.
    depth: usize,
    in_string: bool,
    /// The last byte was a backslash in a string.
    escaped: bool,
    in_item: bool,
    /// The items so far.
    items: Items,
    closed: bool,
}

/// Which items have begun. What a list is shows with the second one, so that it does not depend on how its text
/// is cut.
#[derive(Debug, Default, PartialEq)]
enum Items {
    #[default]
    None,
    /// One that is an object.
    One,
    /// Two that are objects, and any others.
    Several,
    /// One of the first two is no object.
    Others,
}

impl List {
    /// Whether the first two items are objects. One alone may be a reply in a wrapper.
    pub(super) fn is_several(&self) -> bool {
        self.items == Items::Several
    }

    /// Reads more of the array, which begins with its bracket. Returns what its items are as events.
    pub(super) fn events(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut events = Vec::with_capacity(bytes.len() + 16);
        for &byte in bytes {
            if self.closed {
                break;
            }
            if self.in_string {
                self.in_string = self.escaped || byte != b'"';
                self.escaped = !self.escaped && byte == b'\\';
                match byte {
                    // An event has one line.
                    b'\n' => events.extend(b"\\n"),
                    b'\r' => events.extend(b"\\r"),
                    _ => events.push(byte),
                }
            } else {
                self.outside(byte, &mut events);
            }
        }
        events
    }

    /// Reads a byte outside of any string.
    fn outside(&mut self, byte: u8, events: &mut Vec<u8>) {
        let is_space = byte.is_ascii_whitespace();
        if self.depth == 0 {
            self.depth = 1;
            return;
        }
        if self.depth == 1 && matches!(byte, b',' | b']') {
            self.end_item(events);
            self.closed = byte == b']';
            return;
        }
        if !self.in_item && !is_space {
            self.in_item = true;
            self.items = match (&self.items, byte) {
                (Items::None, b'{') => Items::One,
                (Items::One, b'{') | (Items::Several, _) => Items::Several,
                _ => Items::Others,
            };
            events.extend(b"data: ");
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1).max(1),
            _ => {}
        }
        if self.in_item {
            events.push(if is_space { b' ' } else { byte });
        }
        if self.depth == 1 && matches!(byte, b'}' | b']') {
            // What follows is the next chunk's, and may be long in coming.
            self.end_item(events);
        }
    }

    fn end_item(&mut self, events: &mut Vec<u8>) {
        if std::mem::take(&mut self.in_item) {
            events.extend(b"\n\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the items are as events, and whether there are several.
    fn read(text: &str, size: usize) -> (String, bool) {
        let mut list = List::default();
        let events = text.as_bytes().chunks(size).flat_map(|piece| list.events(piece)).collect();
        (String::from_utf8(events).expect("UTF-8"), list.is_several())
    }

    #[test]
    fn each_item_is_an_event_however_the_array_is_split() {
        for (text, events, several) in [
            ("[{\"a\":1}\n,\r\n{\"b\":[2]}\n]", "data: {\"a\":1}\n\ndata: {\"b\":[2]}\n\n", true),
            ("[{\n \"a\": 1\n}]\n", "data: {  \"a\": 1 }\n\n", false),
            ("[{\"a\":\"}],\\\"ø\"},{", "data: {\"a\":\"}],\\\"ø\"}\n\ndata: {", true),
            ("[{\"a\":\"x\ny\\\\\"}, {}]{}", "data: {\"a\":\"x\\ny\\\\\"}\n\ndata: {}\n\n", true),
            ("[1, {}, \"a,b\"]", "data: 1\n\ndata: {}\n\ndata: \"a,b\"\n\n", false),
            ("[{}} {}]", "data: {}\n\ndata: }\n\ndata: {}\n\n", false),
            ("[{}, {}, null]", "data: {}\n\ndata: {}\n\ndata: null\n\n", true),
            ("[null, {}, {}]", "data: null\n\ndata: {}\n\ndata: {}\n\n", false),
            ("[]", "", false),
        ] {
            for size in [1, 2, 3, 100] {
                assert_eq!(read(text, size), (events.to_owned(), several), "{text:?} {size}");
            }
        }
    }

    #[test]
    fn an_item_is_an_event_before_the_next_one_comes() {
        let mut list = List::default();
        assert_eq!(list.events(b"[{}"), b"data: {}\n\n");
        assert_eq!(list.events(b"\n,\r\n{}"), b"data: {}\n\n");
    }
}
