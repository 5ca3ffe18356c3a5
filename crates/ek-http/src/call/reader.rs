//! Turns the body of an answer to a streaming request into events. No IO and no clock.
//!
//! A server may answer such a request with an event stream, one JSON document, a document on each line, an
//! array of documents, an HTML page or plain text, and no header says reliably which. Each of them has to end in the same
//! events or in an error that says what came. So the first bytes decide the framing here, before a
//! protocol sees an event, and protocols need not know about the other framings.

use std::collections::VecDeque;

use bytes::Bytes;
use ek_core::{Error, ErrorKind, LlmResponse, RawBody, StreamEvent};

use super::document::{Document, Several};
use super::list::List;
use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::json::BOM;
use crate::protocol::{Caps, ChunkReader, Protocol, ReadOptions, whole};
use crate::sse::sniff::Sniffer;
use crate::sse::{EventTooLarge, SseDecoder, looks_like_events};

/// How much of a plain text is kept for an error, in bytes.
const MAX_TEXT_BYTES: usize = 1024;

/// The result of one step of the reader.
#[derive(Debug)]
pub(crate) enum Step {
    Event(StreamEvent),
    /// Nothing until [`feed`](ReplyReader::feed) or [`end`](ReplyReader::end) is called.
    NeedBytes,
    Failed(ReadFault),
}

/// The reader. After `Done` or `Failed` it returns nothing more.
#[derive(Debug)]
pub(crate) struct ReplyReader {
    protocol: &'static dyn Protocol,
    framing: Framing,
    /// The array whose items are the events.
    list: Option<List>,
    chunks: Box<dyn ChunkReader>,
    /// Events to return before the next one is read.
    out: VecDeque<StreamEvent>,
    options: ReadOptions,
    caps: Caps,
    progress: bool,
    /// No more bytes follow.
    ended: bool,
    /// `out` and `failed` hold the last of the events.
    over: bool,
    /// The last event ended in the middle of its document. An error that follows says why.
    left_open: bool,
    /// The beginning of a body that may be plain text.
    text: Vec<u8>,
    /// Reported after the events in `out`.
    failed: Option<ReadFault>,
}

#[derive(Debug)]
enum Framing {
    /// Only white space and a byte order mark so far.
    Unknown(Sniffer),
    Events(SseDecoder),
    /// Not a stream: it is read as a unary reply.
    Document(Document),
}

impl ReplyReader {
    pub(crate) fn new(protocol: &'static dyn Protocol, options: ReadOptions, caps: Caps) -> Self {
        Self {
            protocol,
            framing: Framing::Unknown(Sniffer::default()),
            list: None,
            chunks: protocol.chunks(options, caps),
            // Mostly one: growing from nothing would keep room for four with each stream.
            out: VecDeque::with_capacity(1),
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

    /// Adds bytes.
    pub(crate) fn feed(&mut self, bytes: Bytes) {
        match &mut self.framing {
            Framing::Events(decoder) => {
                let bytes = match &mut self.list {
                    Some(list) => list.events(&bytes).into(),
                    None => bytes,
                };
                if !decoder.is_recognised() {
                    let room = MAX_TEXT_BYTES.saturating_sub(self.text.len()).min(bytes.len());
                    self.text.extend_from_slice(&bytes[..room]);
                }
                decoder.feed(bytes);
            }
            Framing::Document(document) => {
                self.progress |= !bytes.trim_ascii().is_empty();
                if let Some(several) = document.add(&bytes, self.caps.document) {
                    let documents = std::mem::take(&mut document.bytes);
                    self.list = (several == Several::List).then(List::default);
                    self.framing = Framing::Events(SseDecoder::new(self.caps.event));
                    self.feed(documents.into());
                }
            }
            Framing::Unknown(sniffer) => {
                let Some(rest) = sniffer.skip(&bytes) else { return };
                let head = sniffer.head();
                if matches!(rest.first(), Some(b'{' | b'[' | b'"' | b'<')) {
                    self.framing = Framing::Document(Document::default());
                    return self.feed([&head, rest].concat().into());
                }
                let mut decoder = SseDecoder::new(self.caps.event);
                decoder.feed(head.into());
                self.framing = Framing::Events(decoder);
                self.feed(bytes.slice_ref(rest));
            }
        }
    }

    /// No more bytes follow.
    pub(crate) fn end(&mut self) {
        self.ended = true;
        if let Framing::Events(decoder) = &mut self.framing {
            decoder.end();
        }
    }

    /// Whether anything but white space and comments has come since the last call.
    pub(crate) fn take_progress(&mut self) -> bool {
        let decoded = match &mut self.framing {
            Framing::Events(decoder) => decoder.take_progress(),
            Framing::Unknown(_) | Framing::Document(_) => false,
        };
        std::mem::take(&mut self.progress) || decoded
    }

    /// Whether the reply is complete, although usage or an error may still follow.
    pub(crate) fn is_complete(&self) -> bool {
        self.left_open || self.chunks.is_whole()
    }

    /// The reply so far.
    pub(crate) fn partial(&self) -> LlmResponse {
        self.chunks.partial()
    }

    /// Switches off the fast path, so that its results can be compared.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn switch_off_fast_path(&mut self) {
        self.chunks.switch_off_fast_path();
    }

    /// How many events took the fast path: those that were decoded first, and those that were not.
    #[cfg(test)]
    pub(crate) fn fast_path_count(&self) -> (usize, usize) {
        self.chunks.fast_path_count()
    }

    /// The next event, fault or need of bytes.
    pub(crate) fn next(&mut self) -> Step {
        loop {
            if let Some(event) = self.out.pop_front() {
                return Step::Event(event);
            }
            if self.over {
                return self.failed.take().map_or(Step::NeedBytes, Step::Failed);
            }
            if let Framing::Events(decoder) = &mut self.framing {
                if decoder.release_if_read() {
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

    /// Reads more. Returns false if there is nothing to read. Not inlined, because `next` runs for each
    /// token.
    #[inline(never)]
    fn advance(&mut self) -> Result<bool, ReadFault> {
        let too_large = |what: &str, cap: usize| {
            ReadFault::TooLarge(format!("{what} is larger than {cap} bytes"))
        };
        match &mut self.framing {
            Framing::Events(decoder) => match decoder.next() {
                Ok(Some(event)) if event.is_keep_alive() => Ok(true),
                Ok(Some(event)) if self.left_open => match self.chunks.error_in(&event) {
                    Some(error) => Err(ReadFault::ErrorObject(Box::new(error))),
                    None => Err(ReadFault::unreadable_event()),
                },
                Ok(Some(event)) => match self.chunks.take(&event, &mut self.out) {
                    // The end of the body cut the event, so it does not count.
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
            Framing::Document(document) if document.bytes.len() > self.caps.document => {
                Err(too_large("the reply", self.caps.document))
            }
            _ if !self.ended => Ok(false),
            Framing::Unknown(sniffer) => {
                let head = sniffer.head().into();
                self.read_document(head)
            }
            Framing::Document(document) => {
                let document = std::mem::take(&mut document.bytes);
                self.read_document(document.into())
            }
        }
    }

    /// The fault of a body that ended before the reply was complete.
    fn broken_off(&self) -> ReadFault {
        match &self.framing {
            Framing::Events(decoder) if !decoder.is_recognised() => {
                match ErrorBody::of_text(&self.text) {
                    Some(said) => ReadFault::Text(said),
                    None => ReadFault::malformed("the answer is neither an event stream nor JSON"),
                }
            }
            _ => {
                let why = "the stream ended before the reply was whole";
                ReadFault::Core(Error::new(ErrorKind::Interrupted, why))
            }
        }
    }

    /// Reads a document that holds the whole reply.
    fn read_document(&mut self, document: Bytes) -> Result<bool, ReadFault> {
        let mut response = read_whole(self.protocol, document, self.options, self.caps.document)?;
        response.raw = RawBody::default();
        self.out.extend(whole::events(*response));
        Ok(true)
    }
}

/// Reads the body of a unary reply, which may be an event stream all the same. The reply keeps at most
/// `cap` bytes.
pub(crate) fn read_whole(
    protocol: &'static dyn Protocol,
    body: Bytes,
    options: ReadOptions,
    cap: usize,
) -> Result<Box<LlmResponse>, ReadFault> {
    let bytes = body.strip_prefix(BOM).unwrap_or(&body);
    let read = match looks_like_events(bytes) {
        true => Err(ReadFault::Events(body.slice_ref(bytes))),
        false => protocol.read(bytes, options, cap),
    };
    let mut response = match read {
        Err(ReadFault::Events(events)) => read_events(protocol, events, options, cap)?,
        read => read?,
    };
    response.raw = body.into();
    Ok(response)
}

/// Reads a whole event stream.
fn read_events(
    protocol: &'static dyn Protocol,
    body: Bytes,
    options: ReadOptions,
    cap: usize,
) -> Result<Box<LlmResponse>, ReadFault> {
    // The body is within the cap of unary replies already.
    let caps = Caps { event: body.len(), document: cap };
    let mut reader = ReplyReader::new(protocol, options, caps);
    reader.feed(body);
    reader.end();
    loop {
        match reader.next() {
            Step::Event(StreamEvent::Done(response)) => return Ok(response),
            Step::Event(_) => {}
            Step::NeedBytes => return Err(ReadFault::CutOff),
            Step::Failed(fault) => return Err(fault),
        }
    }
}
