//! All that a reader makes of some bytes, in a form that can be compared: pieces joined, ids that
//! were made up masked. For tests and fuzzing.

use std::collections::BTreeMap;

use bytes::Bytes;
use ek_core::{Arguments, LlmResponse, NativeTurn, RawJson, StreamEvent, ToolCallDelta, Usage};

use super::reader::{ReplyReader, Step};
use crate::protocol::{Caps, Protocol, ReadOptions};
use crate::sse::SseDecoder;

/// The events of the decoder alone, and whether one was too large.
pub(crate) fn events<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    cap: usize,
) -> (Vec<(Vec<u8>, bool)>, bool) {
    let mut decoder = SseDecoder::new(cap);
    let mut events = Vec::new();
    let mut drain = |decoder: &mut SseDecoder| {
        loop {
            match decoder.next() {
                Ok(Some(event)) => events.push((event.data.to_vec(), event.is_error)),
                Ok(None) => return false,
                Err(_) => return true,
            }
        }
    };
    for piece in pieces {
        decoder.feed(Bytes::copy_from_slice(piece));
        if drain(&mut decoder) {
            return (events, true);
        }
    }
    decoder.end();
    let too_large = drain(&mut decoder);
    (events, too_large)
}

/// How a reader ended.
#[derive(Debug, PartialEq)]
pub(crate) enum End {
    Done(Box<LlmResponse>),
    /// The fault as it shows itself, and what was delivered before.
    Failed(String, Box<LlmResponse>),
}

/// What came out of a reader.
#[derive(Debug, PartialEq)]
pub(crate) struct Record {
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) refusal: String,
    /// The pieces of each call put together: id, name, arguments.
    pub(crate) deltas: BTreeMap<usize, (Option<String>, Option<String>, String)>,
    pub(crate) calls: usize,
    pub(crate) usage: Option<Usage>,
    pub(crate) end: End,
}

impl Record {
    /// Reads the pieces as they are cut.
    ///
    /// # Panics
    /// If the reader does not end in exactly one way.
    pub(crate) fn of<'a>(
        protocol: &'static dyn Protocol,
        pieces: impl IntoIterator<Item = &'a [u8]>,
        options: ReadOptions,
        caps: Caps,
    ) -> Self {
        Self::of_reader(pieces, ReplyReader::new(protocol, options, caps))
    }

    /// The same without the short way for chunks that repeat.
    ///
    /// # Panics
    /// As [`of`](Self::of).
    pub(crate) fn of_long_way<'a>(
        protocol: &'static dyn Protocol,
        pieces: impl IntoIterator<Item = &'a [u8]>,
        options: ReadOptions,
        caps: Caps,
    ) -> Self {
        let mut reader = ReplyReader::new(protocol, options, caps);
        reader.switch_off_fast_path();
        Self::of_reader(pieces, reader)
    }

    fn of_reader<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, mut reader: ReplyReader) -> Self {
        let mut taken = Taken::default();
        let mut all = Vec::new();
        for piece in pieces {
            all.extend_from_slice(piece);
            reader.feed(Bytes::copy_from_slice(piece));
            taken.drain(&mut reader);
        }
        reader.end();
        taken.drain(&mut reader);
        // After the end nothing comes, whatever is fed.
        let events = taken.count;
        reader.feed(Bytes::copy_from_slice(&all));
        reader.end();
        taken.drain(&mut reader);
        assert_eq!(taken.count, events, "something after the end");
        taken.into_record(&all)
    }

    /// Checks that the pieces say what the reply says: its texts, its usage, its calls in their order.
    ///
    /// # Panics
    /// If they do not.
    pub(crate) fn assert_pieces_are_the_reply(&self) {
        self.assert_texts_are_the_reply();
        let End::Done(reply) = &self.end else { return };
        for (call, (_, name, arguments)) in reply.tool_calls.iter().zip(self.deltas.values()) {
            assert_eq!(name.as_deref().unwrap_or_default(), call.name);
            let handed = call.arguments.as_str();
            let is_same = match call.is_custom() || arguments.is_empty() {
                true => arguments == handed || (arguments.is_empty() && handed == "{}"),
                false => Arguments::from_text(arguments.as_str()).as_str() == handed,
            };
            assert!(is_same, "{arguments:?} in pieces, {handed:?} in the reply");
        }
    }

    /// The same of the texts, the usage and the number of the calls.
    ///
    /// # Panics
    /// If they do not.
    pub(crate) fn assert_texts_are_the_reply(&self) {
        let reply = self.reply();
        assert_eq!(self.text, reply.content);
        assert_eq!(self.reasoning, reply.reasoning.as_deref().unwrap_or_default());
        assert_eq!(self.refusal, reply.refusal.as_deref().unwrap_or_default());
        if let End::Done(reply) = &self.end {
            assert_eq!(self.calls, reply.tool_calls.len());
            assert_eq!(self.usage.unwrap_or_default(), reply.usage);
        }
    }

    /// The reply, or what came of it.
    pub(crate) fn reply(&self) -> &LlmResponse {
        match &self.end {
            End::Done(reply) | End::Failed(_, reply) => reply,
        }
    }
}

#[derive(Default)]
struct Taken {
    text: String,
    reasoning: String,
    refusal: String,
    deltas: BTreeMap<usize, (Option<String>, Option<String>, String)>,
    calls: usize,
    usage: Option<Usage>,
    ends: Vec<End>,
    count: usize,
}

impl Taken {
    fn drain(&mut self, reader: &mut ReplyReader) {
        loop {
            match reader.next() {
                Step::Event(event) => self.take(event),
                Step::Failed(fault) => {
                    let end = End::Failed(format!("{fault:?}"), Box::new(reader.partial()));
                    self.ends.push(end);
                    self.count += 1;
                }
                Step::NeedBytes => return,
            }
        }
    }

    fn take(&mut self, event: StreamEvent) {
        assert!(self.ends.is_empty(), "{event:?} after the end");
        self.count += 1;
        match event {
            StreamEvent::Text(piece) => self.text.push_str(&piece),
            StreamEvent::Reasoning(piece) => self.reasoning.push_str(&piece),
            StreamEvent::Refusal(piece) => self.refusal.push_str(&piece),
            StreamEvent::ToolCallDelta(delta) => self.take_delta(delta),
            StreamEvent::ToolCall(_) => self.calls += 1,
            StreamEvent::Usage(usage) => {
                assert_eq!(self.usage.replace(usage), None, "the usage comes once");
            }
            StreamEvent::Done(reply) => self.ends.push(End::Done(reply)),
            other => panic!("{other:?} is not recorded"),
        }
    }

    fn take_delta(&mut self, delta: ToolCallDelta) {
        let (id, name, arguments) = self.deltas.entry(delta.call).or_default();
        *id = delta.id.or(id.take());
        *name = delta.name.or(name.take());
        arguments.push_str(&delta.arguments);
    }

    fn into_record(mut self, bytes: &[u8]) -> Record {
        let mut end = self.ends.pop().expect("an end");
        assert!(self.ends.is_empty(), "more than one end");
        let (End::Done(reply) | End::Failed(_, reply)) = &mut end;
        for at in 0..reply.tool_calls.len() {
            let id = reply.tool_calls[at].id.clone();
            if !bytes.windows(id.len().max(1)).any(|window| window == id.as_bytes()) {
                mask(reply, at, &id);
            }
        }
        Record {
            text: self.text,
            reasoning: self.reasoning,
            refusal: self.refusal,
            deltas: self.deltas,
            calls: self.calls,
            usage: self.usage,
            end,
        }
    }
}

/// Masks an id that the client made up, in the turn as the protocol wrote it too.
fn mask(reply: &mut LlmResponse, at: usize, id: &str) {
    const MASK: &str = "<generated>";
    MASK.clone_into(&mut reply.tool_calls[at].id);
    if let Some(native) = reply.native.take() {
        let json = RawJson::new(native.json().replace(id, MASK)).expect("JSON with another text");
        let protocol = native.protocol().clone();
        reply.native = Some(NativeTurn::new(protocol, json, &reply.content, &reply.tool_calls));
    }
}
