//! The body of an answer as it comes, in frames that can be masked one by one: whole lines of a stream,
//! and any other body as one.

use std::time::Duration;

/// Gathers bytes.
pub(super) struct FrameBuffer {
    streamed: bool,
    whole: Vec<(Duration, Vec<u8>)>,
    /// The beginning of a line whose end has not come.
    rest: Vec<u8>,
    last: Duration,
}

impl FrameBuffer {
    pub(super) fn new(content_type: &str) -> Self {
        let streamed = content_type.starts_with("text/event-stream");
        Self { streamed, whole: Vec::new(), rest: Vec::new(), last: Duration::ZERO }
    }

    pub(super) fn is_stream(&self) -> bool {
        self.streamed
    }

    /// Takes what came at this time.
    pub(super) fn push(&mut self, at: Duration, bytes: &[u8]) {
        self.last = at;
        self.rest.extend_from_slice(bytes);
        if !self.streamed {
            return;
        }
        if let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') {
            let others = self.rest.split_off(end + 1);
            self.whole.push((at, std::mem::replace(&mut self.rest, others)));
        }
    }

    /// All of it.
    pub(super) fn finish(mut self) -> Vec<(Duration, Vec<u8>)> {
        if !self.rest.is_empty() {
            self.whole.push((self.last, self.rest));
        }
        self.whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(content_type: &str) -> Vec<(u128, String)> {
        let mut frames = FrameBuffer::new(content_type);
        for (at, bytes) in [(1, "data: a"), (2, "b\n\ndata:"), (3, " c\n"), (4, "\nda")] {
            frames.push(Duration::from_millis(at), bytes.as_bytes());
        }
        let frames = frames.finish().into_iter();
        let text = |bytes| String::from_utf8(bytes).expect("text");
        frames.map(|(at, bytes)| (at.as_millis(), text(bytes))).collect()
    }

    #[test]
    fn a_stream_is_kept_by_whole_lines_and_the_time_of_their_end() {
        let expected = [(2, "data: ab\n\n"), (3, "data: c\n"), (4, "\n"), (4, "da")];
        let expected = expected.map(|(at, text)| (at, text.to_owned()));
        assert_eq!(gathered("text/event-stream; charset=utf-8"), expected);
    }

    #[test]
    fn any_other_body_is_one_frame() {
        let whole = "data: ab\n\ndata: c\n\nda".to_owned();
        assert_eq!(gathered("application/json"), [(4, whole)]);
    }
}
