//! The bytes of an answer to a streaming request become events, whatever the server made of it: a
//! stream, one JSON document, or a page. Pure: no IO, no clock.

use bytes::Bytes;
use ek_core::{Error, ErrorKind, LlmResponse, StreamEvent, Usage};

use super::document::Document;
use crate::failure::body::ErrorBody;
use crate::protocol::chat_completions::chunks::{Pieces, UNREADABLE, error_in, texts_of};
use crate::protocol::chat_completions::reply::{self, Fault, ReadOptions};
use crate::sse::sniff::Lead;
use crate::sse::{EventTooLarge, SseDecoder};

/// The limits of what is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caps {
    /// The largest event, in bytes.
    pub(crate) event: usize,
    /// The largest document, where the answer is one.
    pub(crate) document: usize,
}

/// How much of a mere text is kept to be shown, in bytes.
const MAX_TEXT_BYTES: usize = 1024;

/// What the reader has to give.
#[derive(Debug)]
pub(crate) enum Step {
    Event(StreamEvent),
    /// Nothing, until more bytes come or the end is told.
    NeedBytes,
    Failed(Fault),
}

/// The reader. After `Done` or `Failed` it gives nothing more.
#[derive(Debug)]
pub(crate) struct ReplyReader {
    source: Source,
    pieces: Pieces,
    options: ReadOptions,
    caps: Caps,
    progress: bool,
    ended: bool,
    over: bool,
    /// The last event ended in the middle of its document. An error that follows is the reason.
    left_open: bool,
    /// The beginning of an answer that may prove to be a mere text.
    text: Vec<u8>,
    /// Told after the pieces that came before it.
    failed: Option<Fault>,
}

#[derive(Debug)]
enum Source {
    /// Only white space and marks so far.
    Unknown(Lead),
    Events(SseDecoder),
    /// Something that is no stream, to be read as a unary reply.
    Document(Document),
}

impl ReplyReader {
    pub(crate) fn new(options: ReadOptions, caps: Caps) -> Self {
        Self {
            source: Source::Unknown(Lead::default()),
            pieces: Pieces::new(options, caps.document),
            options,
            caps,
            progress: false,
            ended: false,
            over: false,
            left_open: false,
            text: Vec::new(),
            failed: None,
        }
    }

    /// Takes bytes.
    pub(crate) fn feed(&mut self, bytes: Bytes) {
        match &mut self.source {
            Source::Events(decoder) => {
                if !decoder.is_recognised() {
                    let room = MAX_TEXT_BYTES.saturating_sub(self.text.len()).min(bytes.len());
                    self.text.extend_from_slice(&bytes[..room]);
                }
                decoder.feed(bytes);
            }
            Source::Document(document) => {
                self.progress |= !bytes.trim_ascii().is_empty();
                if document.take(&bytes, self.caps.document) {
                    let lines = std::mem::take(&mut document.bytes);
                    let mut decoder = SseDecoder::new(self.caps.event);
                    decoder.feed(lines.into());
                    self.source = Source::Events(decoder);
                }
            }
            Source::Unknown(lead) => {
                let Some(rest) = lead.skip(&bytes) else { return };
                let (head, first) = (lead.head(), rest.first());
                if matches!(first, Some(b'{' | b'[' | b'"' | b'<')) {
                    self.source = Source::Document(Document::default());
                    return self.feed([&head, rest].concat().into());
                }
                self.source = {
                    let mut decoder = SseDecoder::new(self.caps.event);
                    if !head.is_empty() {
                        decoder.feed(head.into());
                    }
                    self.text = rest[..rest.len().min(MAX_TEXT_BYTES)].to_vec();
                    decoder.feed(bytes.slice_ref(rest));
                    Source::Events(decoder)
                };
            }
        }
    }

    /// There will be no more bytes.
    pub(crate) fn end(&mut self) {
        self.ended = true;
        if let Source::Events(decoder) = &mut self.source {
            decoder.end();
        }
    }

    /// Whether anything but white space and comments has come since this was asked last.
    pub(crate) fn take_progress(&mut self) -> bool {
        let decoded = match &mut self.source {
            Source::Events(decoder) => decoder.take_progress(),
            Source::Unknown(_) | Source::Document(_) => false,
        };
        std::mem::take(&mut self.progress) || decoded
    }

    /// Whether the outcome is known, but for what may still come: the usage behind a finish reason, or
    /// the reason of an event that was left open.
    pub(crate) fn has_finish_reason(&self) -> bool {
        self.left_open || self.pieces.has_finish_reason()
    }

    /// What has come so far.
    pub(crate) fn partial(&self) -> LlmResponse {
        self.pieces.partial()
    }

    /// Switches off the short way for chunks that repeat.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn read_every_chunk(&mut self) {
        self.pieces.repeat.switched_off = true;
    }

    /// Whether any chunk took the short way.
    #[cfg(test)]
    pub(crate) fn has_repeated(&self) -> bool {
        self.pieces.has_repeated
    }

    /// How many events were known as a whole.
    #[cfg(test)]
    pub(crate) fn has_passed(&self) -> usize {
        self.pieces.has_passed
    }

    /// The next thing there is.
    pub(crate) fn next(&mut self) -> Step {
        loop {
            if let Some(event) = self.pieces.next_event() {
                return Step::Event(event);
            }
            if self.over || self.pieces.finished {
                return self.failed.take().map_or(Step::NeedBytes, Step::Failed);
            }
            if let Source::Events(decoder) = &mut self.source {
                if decoder.is_used_up() {
                    return Step::NeedBytes;
                }
                match self.pieces.take_next_repeated(decoder, self.caps.event) {
                    Some(Ok(Some(event))) => return Step::Event(event),
                    Some(Ok(None)) => continue,
                    Some(Err(fault)) => {
                        self.fail(fault);
                        continue;
                    }
                    None => {}
                }
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return Step::NeedBytes,
                Err(fault) => self.fail(fault),
            }
        }
    }

    fn fail(&mut self, fault: Fault) {
        self.over = true;
        self.failed = Some(fault);
    }

    /// Reads on; false if there is nothing to read. Kept out of the way of what is done for each token.
    #[inline(never)]
    fn advance(&mut self) -> Result<bool, Fault> {
        let too_large =
            |what: &str, cap: usize| Fault::TooLarge(format!("{what} is larger than {cap} bytes"));
        match &mut self.source {
            Source::Events(decoder) => match decoder.next() {
                Ok(Some(event)) if self.left_open => match error_in(&event) {
                    Some(error) => Err(Fault::ErrorObject(Box::new(error))),
                    None => Err(Fault::malformed(UNREADABLE)),
                },
                Ok(Some(event)) => match self.pieces.take(&event) {
                    // Cut in the middle: as if it had not come.
                    Err(Fault::CutOff) if !event.is_whole => Ok(true),
                    Err(Fault::CutOff) => {
                        self.left_open = true;
                        self.pieces.repeat.forget(); // nothing is taken any more
                        Ok(true)
                    }
                    taken => taken.map(|()| true),
                },
                Ok(None) if !self.ended => Ok(false),
                Ok(None) if self.left_open => Err(Fault::malformed(UNREADABLE)),
                Ok(None) if self.pieces.has_finish_reason() => self.pieces.finish().map(|()| true),
                Ok(None) => Err(self.broken_off()),
                Err(EventTooLarge) => Err(too_large("an event of the stream", self.caps.event)),
            },
            Source::Document(document) if document.bytes.len() > self.caps.document => {
                Err(too_large("the reply", self.caps.document))
            }
            _ if !self.ended => Ok(false),
            Source::Unknown(lead) => {
                let response = reply::read(lead.head().into(), self.options, self.caps.document)?;
                self.pieces.take_whole(response);
                Ok(true)
            }
            Source::Document(document) => {
                let document = std::mem::take(&mut document.bytes);
                let response = reply::read(document.into(), self.options, self.caps.document)?;
                self.pieces.take_whole(response);
                Ok(true)
            }
        }
    }

    /// The bytes ended, and the reply is not whole.
    fn broken_off(&self) -> Fault {
        match &self.source {
            Source::Events(decoder) if !decoder.is_recognised() => {
                match ErrorBody::of_text(&self.text) {
                    Some(said) => Fault::Text(said),
                    None => Fault::malformed("the answer is no stream of events and no JSON"),
                }
            }
            _ => {
                let why = "the stream ended before the reply was whole";
                Fault::Core(Error::new(ErrorKind::Interrupted, why))
            }
        }
    }
}

impl Pieces {
    /// A reply that came in one document: the events that a stream of it would have had.
    fn take_whole(&mut self, mut response: LlmResponse) {
        response.raw = ek_core::RawBody::default();
        let texts: Vec<StreamEvent> = texts_of(&response).collect();
        let calls = response.tool_calls.clone().into_iter().map(StreamEvent::ToolCall);
        let usage = Some(response.usage).filter(|usage| *usage != Usage::default());
        let last = usage.map(StreamEvent::Usage);
        let done = StreamEvent::Done(Box::new(response));
        let all = texts.into_iter().chain(calls).chain(last);
        self.finish_with(all.chain([done]));
    }
}
