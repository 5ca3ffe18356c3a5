//! One chunk of a streamed reply becomes events.

use std::collections::VecDeque;

use ek_core::{ResponseAssembly, StreamEvent, Usage};

use super::think::{Part, ThinkSplitter};
use crate::failure::body::ErrorBody;
use crate::reply::{
    Choice, Envelope, Fault, Halves, ReadOptions, json_string, repair, split_think,
};

/// The reply in the making.
#[derive(Debug)]
pub(super) struct Pieces {
    main: ResponseAssembly,
    /// Another choice than the first: some servers put the tool calls there.
    other: Option<Box<ResponseAssembly>>,
    /// The first choice has been seen.
    seen: bool,
    /// Id and model are known.
    named: bool,
    halves: Halves,
    think: Option<ThinkSplitter>,
    options: ReadOptions,
    queue: VecDeque<StreamEvent>,
    /// The end has been reached and its events are in the queue.
    pub(super) finished: bool,
}

impl Pieces {
    pub(super) fn new(options: ReadOptions) -> Self {
        Self {
            main: ResponseAssembly::new(),
            other: None,
            seen: false,
            named: false,
            halves: Halves::default(),
            think: options.split_think_tags.then(ThinkSplitter::new),
            options,
            queue: VecDeque::new(),
            finished: false,
        }
    }

    pub(super) fn next_event(&mut self) -> Option<StreamEvent> {
        self.queue.pop_front()
    }

    pub(super) fn partial(&self) -> ek_core::LlmResponse {
        self.main.partial()
    }

    pub(super) fn has_finish_reason(&self) -> bool {
        self.main.has_finish_reason()
    }

    /// Takes the data of one event.
    pub(super) fn take(&mut self, data: &[u8], is_error: bool) -> Result<(), Fault> {
        if data == b"[DONE]" {
            return self.finish();
        }
        if is_error {
            return Err(Fault::ErrorObject(Box::new(ErrorBody::read(data))));
        }
        if let Ok(chunk) = serde_json::from_slice::<Envelope<'_>>(data)
            && chunk.is_chunk()
        {
            return self.take_chunk(chunk, data);
        }
        self.take_odd(data)
    }

    /// A frame that the first pass cannot read, or that has nothing of a chunk at its outside: mended
    /// and unwrapped as a unary reply is. What cannot be read at all fails the stream: passing over it
    /// would lose text silently.
    fn take_odd(&mut self, data: &[u8]) -> Result<(), Fault> {
        let unreadable = || Fault::malformed("a frame of the stream is not readable JSON");
        let mended = repair::mend(data);
        if let Some(inner) = repair::unwrap(mended.trim_ascii()) {
            let chunk = serde_json::from_slice::<Envelope<'_>>(&inner);
            return self.take_chunk(chunk.map_err(|_| unreadable())?, &inner);
        }
        let chunk = serde_json::from_slice::<Envelope<'_>>(&mended).map_err(|_| unreadable())?;
        // Pings and the like are objects; a list or a text that holds no chunk is no frame of a reply.
        match mended.trim_ascii_start().first() {
            Some(b'{' | b'n') => self.take_chunk(chunk, &mended),
            _ => Err(unreadable()),
        }
    }

    fn take_chunk(&mut self, chunk: Envelope<'_>, data: &[u8]) -> Result<(), Fault> {
        if let Some(error) = chunk.error() {
            return Err(Fault::ErrorObject(Box::new(error)));
        }
        if chunk.is_flat_error() {
            return Err(Fault::ErrorObject(Box::new(ErrorBody::read(data))));
        }
        if !self.named {
            let (id, model) = (chunk.id(), chunk.model());
            self.named = id.is_some() && model.is_some();
            self.main.set_id(&id.unwrap_or_default());
            self.main.set_model(&model.unwrap_or_default());
        }
        self.main.update_usage(&chunk.usage());
        let choices = chunk.choices;
        let others = choices.other_with_calls.into_iter().chain(choices.other_with_text);
        for choice in choices.best.into_iter().chain(others) {
            if choice.is_first() {
                self.take_first(choice)?;
            } else if self.options.one_choice {
                self.take_other(choice)?;
            }
        }
        Ok(())
    }

    fn take_first(&mut self, mut choice: Choice<'_>) -> Result<(), Fault> {
        if let Some(error) = choice.error() {
            return Err(Fault::ErrorObject(Box::new(error)));
        }
        // A whole message next to the delta repeats what has come.
        let began = self.seen && !self.main.is_empty();
        self.seen = true;
        if let Some(delta) = choice.take_delta(!began) {
            let texts = delta.texts(&mut self.halves);
            if texts.unreadable {
                return Err(Fault::malformed("the stream's content is nested too deep"));
            }
            if !texts.reasoning.is_empty() {
                self.main.set_reasoning_form(texts.form);
                self.reasoning(texts.reasoning);
            }
            if !texts.text.is_empty() {
                self.text(texts.text);
            }
            if !texts.refusal.is_empty() {
                self.main.push_refusal(&texts.refusal);
                self.queue.push_back(StreamEvent::Refusal(texts.refusal));
            }
            for call in &delta.tool_calls {
                let added = self.main.push_tool_call(call.fragment());
                let added = added.map_err(Fault::Core)?;
                self.queue.extend(added.map(StreamEvent::ToolCallDelta));
            }
            for (key, value) in delta.to_return() {
                self.main.push_extra(key, value);
            }
        }
        if let Some(word) = choice.finish_word().filter(|word| says_something(word)) {
            self.main.set_finish_reason(&word);
        }
        Ok(())
    }

    /// What comes in another choice is kept, without events: it may prove to be a part of the reply.
    fn take_other(&mut self, mut choice: Choice<'_>) -> Result<(), Fault> {
        let other = self.other.get_or_insert_default();
        if let Some(delta) = choice.take_delta(false) {
            let texts = delta.texts(&mut Halves::default());
            other.push_text(&texts.text);
            other.push_reasoning(&texts.reasoning);
            for call in &delta.tool_calls {
                other.push_tool_call(call.fragment()).map_err(Fault::Core)?;
            }
        }
        if let Some(word) = choice.finish_word().filter(|word| says_something(word)) {
            other.set_finish_reason(&word);
        }
        Ok(())
    }

    fn reasoning(&mut self, piece: String) {
        self.main.push_reasoning(&piece);
        self.queue.push_back(StreamEvent::Reasoning(piece));
    }

    fn text(&mut self, piece: String) {
        let Some(think) = &mut self.think else {
            self.main.push_text(&piece);
            self.queue.push_back(StreamEvent::Text(piece));
            return;
        };
        let (main, queue) = (&mut self.main, &mut self.queue);
        think.feed(&piece, |part, piece| give(main, queue, part, piece));
    }

    /// The reply is whole: calls, usage and the reply itself are the last events.
    pub(super) fn finish(&mut self) -> Result<(), Fault> {
        self.flush();
        // Only a nameless tool call can fail from here on, and then the partial reply is wanted.
        let fallible = self.main.has_tool_calls() || self.other.is_some();
        let mut reply = if fallible { self.main.clone() } else { std::mem::take(&mut self.main) };
        if let Some(other) = self.other.take() {
            if !self.seen {
                // The only choice there was, under another number than 0.
                let usage = reply.usage();
                reply = *other;
                reply.update_usage(&usage);
                if !reply.content().is_empty() {
                    self.queue.push_back(StreamEvent::Text(reply.content().to_owned()));
                }
            } else if !reply.has_tool_calls() && other.has_tool_calls() {
                reply.take_calls_of(*other);
            }
        }
        if reply.is_empty() && !reply.has_finish_reason() {
            return Err(Fault::malformed("the stream ended without a reply"));
        }
        let mut response = reply.finish().map_err(Fault::Core)?;
        if self.options.split_think_tags
            && response.reasoning.is_none()
            && let Some((reasoning, content)) = split_think(&response.content)
        {
            response.content = content;
            response.reasoning = Some(reasoning);
        }
        self.queue.extend(response.tool_calls.iter().cloned().map(StreamEvent::ToolCall));
        if response.usage != Usage::default() {
            self.queue.push_back(StreamEvent::Usage(response.usage));
        }
        self.queue.push_back(StreamEvent::Done(Box::new(response)));
        self.finished = true;
        Ok(())
    }

    /// Whether no chunk of a reply has come.
    pub(super) fn is_untouched(&self) -> bool {
        !self.seen && self.other.is_none()
    }

    /// Takes the last events as they are.
    pub(super) fn finish_with(&mut self, events: impl IntoIterator<Item = StreamEvent>) {
        self.queue.extend(events);
        self.finished = true;
    }

    /// Gives out what was held back in the hope of its other half.
    fn flush(&mut self) {
        let mut text = String::new();
        json_string::flush(&mut text, &mut self.halves.reasoning);
        if !text.is_empty() {
            self.reasoning(std::mem::take(&mut text));
        }
        json_string::flush(&mut text, &mut self.halves.text);
        if !text.is_empty() {
            self.text(text);
        }
        if let Some(mut think) = self.think.take() {
            let (main, queue) = (&mut self.main, &mut self.queue);
            think.flush(|part, piece| give(main, queue, part, piece));
        }
    }
}

fn give(main: &mut ResponseAssembly, queue: &mut VecDeque<StreamEvent>, part: Part, piece: &str) {
    match part {
        Part::Text => {
            main.push_text(piece);
            queue.push_back(StreamEvent::Text(piece.to_owned()));
        }
        Part::Reasoning => {
            main.push_reasoning(piece);
            queue.push_back(StreamEvent::Reasoning(piece.to_owned()));
        }
    }
}

/// Empty and `null` are sent with every chunk by some servers, and mean that there is no end yet.
fn says_something(word: &str) -> bool {
    !word.is_empty() && word != "null"
}
