//! A body as frames: what a dialect makes of a reply, before it is broken off and cut into writes.

use std::time::Duration;

/// The frames of a body, each a write unless it is cut otherwise.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    pub(super) writes: Vec<Write>,
    /// Whether the last frame says no more than that the stream is over: the reply is whole without it.
    pub(super) has_mark: bool,
}

/// Bytes that are written at once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Write {
    pub(super) bytes: Vec<u8>,
    /// Whether the pause of the reply comes before it.
    pub(super) waits: bool,
    /// A pause of its own, in place of the reply's.
    pub(super) own: Option<Duration>,
}

impl Write {
    pub(super) fn new(bytes: Vec<u8>, waits: bool) -> Self {
        Self { bytes, waits, own: None }
    }
}

impl Frames {
    /// A body of one piece.
    pub(super) fn one(body: Vec<u8>) -> Self {
        Self::new(vec![body], Vec::new())
    }

    /// Pieces, which come one after another, and what comes with the last of them.
    pub(crate) fn new(pieces: Vec<Vec<u8>>, tail: Vec<Vec<u8>>) -> Self {
        let pieces = pieces.into_iter().enumerate();
        let pieces = pieces.map(|(number, bytes)| Write::new(bytes, number > 0));
        let tail = tail.into_iter().map(|bytes| Write::new(bytes, false));
        Self { writes: pieces.chain(tail).collect(), has_mark: false }
    }

    /// The same with a last frame that says no more than that the stream is over.
    pub(crate) fn with_mark(mut self, mark: Vec<u8>) -> Self {
        self.writes.push(Write::new(mark, false));
        self.has_mark = true;
        self
    }

    /// A body of events, each with the empty line at its end.
    pub(super) fn of_events(body: &[u8]) -> Self {
        let mut frames = Vec::new();
        let mut rest = body;
        while let Some(end) = rest.windows(2).position(|pair| pair == b"\n\n") {
            let (frame, others) = rest.split_at(end + 2);
            frames.push(frame.to_vec());
            rest = others;
        }
        if !rest.is_empty() || frames.is_empty() {
            frames.push(rest.to_vec());
        }
        Self::new(frames, Vec::new())
    }

    /// A body whose pieces begin at these places, in rising order, each with a pause of its own.
    pub(super) fn timed(body: &[u8], pieces: &[(usize, Duration)]) -> Self {
        let begins = pieces.iter().map(|(at, _)| *at).skip(1);
        let ends = begins.chain([body.len()]);
        let timed = pieces.iter().zip(ends).map(|((at, wait), end)| Write {
            own: Some(*wait),
            ..Write::new(body[*at..end].to_vec(), false)
        });
        let before = pieces.first().map_or(0, |(at, _)| *at);
        let before = Write::new(body[..before].to_vec(), false);
        Self { writes: [before].into_iter().chain(timed).collect(), has_mark: false }
    }

    pub(super) fn length(&self) -> usize {
        self.writes.iter().map(|frame| frame.bytes.len()).sum()
    }
}

/// How the documents of a stream stand in its body.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamForm {
    /// Each is a server-sent event.
    #[default]
    Events,
    /// They are the items of one JSON array.
    Array,
}

impl StreamForm {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Events => "text/event-stream",
            Self::Array => "application/json",
        }
    }

    /// A document, as the first of a body or behind others.
    pub(crate) fn frame(self, json: &[u8], is_first: bool) -> Vec<u8> {
        match (self, is_first) {
            (Self::Events, _) => event(json),
            (Self::Array, true) => [b"[", json, b"\n"].concat(),
            (Self::Array, false) => [b",\r\n", json, b"\n"].concat(),
        }
    }

    /// The last document of a body.
    pub(crate) fn last(self, json: &[u8], is_first: bool) -> Vec<u8> {
        let mut frame = self.frame(json, is_first);
        if self == Self::Array {
            frame.push(b']');
        }
        frame
    }
}

/// One server-sent event.
pub(crate) fn event(data: &[u8]) -> Vec<u8> {
    [b"data: ", data, b"\n\n"].concat()
}

/// One server-sent event with its name.
pub(crate) fn named_event(name: &str, data: &[u8]) -> Vec<u8> {
    [b"event: ", name.as_bytes(), b"\n", event(data).as_slice()].concat()
}
