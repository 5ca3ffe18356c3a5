//! The bytes of an answer to a streaming request become events, whatever the server made of it: a
//! stream, one JSON document, or a page. Pure: no IO, no clock.

use std::collections::VecDeque;

use bytes::Bytes;
use ek_core::{Error, ErrorKind, LlmResponse, RawBody, StreamEvent};

use super::document::Document;
use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::json::BOM;
use crate::protocol::{Caps, ChunkReader, Protocol, ReadOptions, whole};
use crate::sse::sniff::Sniffer;
use crate::sse::{EventTooLarge, SseDecoder};

/// How much of a mere text is kept to be shown, in bytes.
const MAX_TEXT_BYTES: usize = 1024;

/// What the reader has to give.
#[derive(Debug)]
pub(crate) enum Step {
    Event(StreamEvent),
    /// Nothing, until more bytes come or the end is told.
    NeedBytes,
    Failed(ReadFault),
}

/// The reader. After `Done` or `Failed` it gives nothing more.
#[derive(Debug)]
pub(crate) struct ReplyReader {
    protocol: &'static dyn Protocol,
    source: Source,
    chunks: Box<dyn ChunkReader>,
    out: VecDeque<StreamEvent>,
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
    failed: Option<ReadFault>,
}

#[derive(Debug)]
enum Source {
    /// Only white space and marks so far.
    Unknown(Sniffer),
    Events(SseDecoder),
    /// Something that is no stream, to be read as a unary reply.
    Document(Document),
}

impl ReplyReader {
    pub(crate) fn new(protocol: &'static dyn Protocol, options: ReadOptions, caps: Caps) -> Self {
        Self {
            protocol,
            source: Source::Unknown(Sniffer::default()),
            chunks: protocol.chunks(options, caps),
            out: VecDeque::new(),
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
            Source::Unknown(sniffer) => {
                let Some(rest) = sniffer.skip(&bytes) else { return };
                let (head, first) = (sniffer.head(), rest.first());
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
        self.left_open || self.chunks.is_whole()
    }

    /// What has come so far.
    pub(crate) fn partial(&self) -> LlmResponse {
        self.chunks.partial()
    }

    /// Switches off the fast path, to compare what it gives.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn switch_off_fast_path(&mut self) {
        self.chunks.switch_off_fast_path();
    }

    /// How many events took the fast path: those that were decoded, and whole ones.
    #[cfg(test)]
    pub(crate) fn fast_path_count(&self) -> (usize, usize) {
        self.chunks.fast_path_count()
    }

    /// The next thing there is.
    pub(crate) fn next(&mut self) -> Step {
        loop {
            if let Some(event) = self.out.pop_front() {
                return Step::Event(event);
            }
            if self.over {
                return self.failed.take().map_or(Step::NeedBytes, Step::Failed);
            }
            if let Source::Events(decoder) = &mut self.source {
                if decoder.is_used_up() {
                    return Step::NeedBytes;
                }
                match self.chunks.take_ahead(decoder, &mut self.out) {
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
                Ok(true) => self.over = matches!(self.out.back(), Some(StreamEvent::Done(_))),
                Ok(false) => return Step::NeedBytes,
                Err(fault) => self.fail(fault),
            }
        }
    }

    fn fail(&mut self, fault: ReadFault) {
        self.over = true;
        self.failed = Some(fault);
    }

    /// Reads on; false if there is nothing to read. Kept out of the way of what is done for each token.
    #[inline(never)]
    fn advance(&mut self) -> Result<bool, ReadFault> {
        let too_large = |what: &str, cap: usize| {
            ReadFault::TooLarge(format!("{what} is larger than {cap} bytes"))
        };
        match &mut self.source {
            Source::Events(decoder) => match decoder.next() {
                Ok(Some(event)) if self.left_open => match self.chunks.error_in(&event) {
                    Some(error) => Err(ReadFault::ErrorObject(Box::new(error))),
                    None => Err(ReadFault::unreadable_event()),
                },
                Ok(Some(event)) => match self.chunks.take(&event, &mut self.out) {
                    // Cut in the middle: as if it had not come.
                    Err(ReadFault::CutOff) if !event.is_whole => Ok(true),
                    Err(ReadFault::CutOff) => {
                        self.left_open = true;
                        Ok(true)
                    }
                    taken => taken.map(|()| true),
                },
                Ok(None) if !self.ended => Ok(false),
                Ok(None) if self.left_open => Err(ReadFault::unreadable_event()),
                Ok(None) if self.chunks.is_whole() => self.chunks.end(&mut self.out).map(|()| true),
                Ok(None) => Err(self.broken_off()),
                Err(EventTooLarge) => Err(too_large("an event of the stream", self.caps.event)),
            },
            Source::Document(document) if document.bytes.len() > self.caps.document => {
                Err(too_large("the reply", self.caps.document))
            }
            _ if !self.ended => Ok(false),
            Source::Unknown(sniffer) => {
                let head = sniffer.head().into();
                self.take_whole(head)
            }
            Source::Document(document) => {
                let document = std::mem::take(&mut document.bytes);
                self.take_whole(document.into())
            }
        }
    }

    /// The bytes ended, and the reply is not whole.
    fn broken_off(&self) -> ReadFault {
        match &self.source {
            Source::Events(decoder) if !decoder.is_recognised() => {
                match ErrorBody::of_text(&self.text) {
                    Some(said) => ReadFault::Text(said),
                    None => ReadFault::malformed("the answer is no stream of events and no JSON"),
                }
            }
            _ => {
                let why = "the stream ended before the reply was whole";
                ReadFault::Core(Error::new(ErrorKind::Interrupted, why))
            }
        }
    }

    /// Takes a document that holds the whole reply.
    fn take_whole(&mut self, document: Bytes) -> Result<bool, ReadFault> {
        let mut response = read_whole(self.protocol, document, self.options, self.caps.document)?;
        response.raw = RawBody::default();
        self.out.extend(whole::events(response));
        Ok(true)
    }
}

/// Reads the body of a unary reply, which may prove to be a stream. Of it, no more than `cap` bytes are
/// kept.
pub(crate) fn read_whole(
    protocol: &'static dyn Protocol,
    body: Bytes,
    options: ReadOptions,
    cap: usize,
) -> Result<LlmResponse, ReadFault> {
    let bytes = body.strip_prefix(BOM).unwrap_or(&body);
    let read = match looks_like_events(bytes) {
        true => Err(ReadFault::Events(body.slice_ref(bytes))),
        false => protocol.read(bytes, options, cap),
    };
    let response = match read {
        Err(ReadFault::Events(events)) => read_events(protocol, events, options, cap),
        read => read,
    };
    Ok(response?.with_raw(body))
}

/// Whether a server streamed although nobody asked it to.
fn looks_like_events(body: &[u8]) -> bool {
    const FIELDS: [&[u8]; 6] = [b"data:", b"event:", b"id:", b"retry:", b"error:", b":"];
    let head = body.trim_ascii_start();
    FIELDS.iter().any(|field| head.starts_with(field))
}

/// Reads a stream that has come to its end.
fn read_events(
    protocol: &'static dyn Protocol,
    body: Bytes,
    options: ReadOptions,
    cap: usize,
) -> Result<LlmResponse, ReadFault> {
    // The body has passed the cap of unary replies already.
    let caps = Caps { event: body.len(), document: cap };
    let mut reader = ReplyReader::new(protocol, options, caps);
    reader.feed(body);
    reader.end();
    loop {
        match reader.next() {
            Step::Event(StreamEvent::Done(response)) => return Ok(*response),
            Step::Event(_) => {}
            Step::NeedBytes => return Err(ReadFault::CutOff),
            Step::Failed(fault) => return Err(fault),
        }
    }
}
