//! One chunk of a streamed reply becomes events.

use std::collections::VecDeque;

use ek_core::{LlmResponse, ReasoningForm, ResponseAssembly, StreamEvent, ToolCallFragment, Usage};

#[cfg(test)]
mod allocations;
#[cfg(test)]
mod limits;
mod odd;
mod other;
#[cfg(test)]
mod properties;
#[cfg(any(test, fuzzing))]
pub(crate) mod record;
mod repeated;
mod template;
mod think;

use crate::failure::body::ErrorBody;
use crate::json::{scan, string};
use crate::protocol::chat_completions::reply::documents::is_done;
use crate::protocol::chat_completions::reply::{
    Choice, Envelope, Fault, Halves, Message, ReadOptions, Texts, split_think,
};
use crate::sse::SseEvent;
pub(crate) use odd::error_in;
use odd::error_of;
use other::Other;
use template::{Learned, Repeat};
use think::{Part, ThinkSplitter};

pub(crate) const UNREADABLE: &str = "a frame of the stream is not readable JSON";

/// The reply in the making.
#[derive(Debug)]
pub(crate) struct Pieces {
    /// Apart from the rest, of which most is looked at for each token.
    main: Box<ResponseAssembly>,
    /// Another choice than the first: some servers put the tool calls there.
    other: Option<Box<Other>>,
    /// The first choice has been seen.
    seen: bool,
    /// The first choice comes in deltas.
    has_deltas: bool,
    /// Bytes kept, and the most that are.
    held: usize,
    cap: usize,
    has_id: bool,
    has_model: bool,
    has_reason: bool,
    halves: Halves,
    think: Option<ThinkSplitter>,
    options: ReadOptions,
    queue: VecDeque<StreamEvent>,
    pub(crate) repeat: Repeat,
    #[cfg(test)]
    pub(crate) has_repeated: bool,
    #[cfg(test)]
    pub(crate) has_passed: usize,
    /// The end has been reached and its events are in the queue.
    pub(crate) finished: bool,
}

impl Pieces {
    /// Keeps at most `cap` bytes of texts and arguments.
    pub(crate) fn new(options: ReadOptions, cap: usize) -> Self {
        Self {
            main: Box::default(),
            other: None,
            seen: false,
            has_deltas: false,
            held: 0,
            cap,
            has_id: false,
            has_model: false,
            has_reason: false,
            halves: Halves::default(),
            think: options.split_think_tags.then(ThinkSplitter::new),
            options,
            queue: VecDeque::new(),
            repeat: Repeat::default(),
            #[cfg(test)]
            has_repeated: false,
            #[cfg(test)]
            has_passed: 0,
            finished: false,
        }
    }

    pub(crate) fn next_event(&mut self) -> Option<StreamEvent> {
        self.queue.pop_front()
    }

    pub(crate) fn partial(&self) -> LlmResponse {
        self.main.partial()
    }

    pub(crate) fn has_finish_reason(&self) -> bool {
        let other = self.other.as_ref().filter(|_| !self.seen);
        self.has_reason || other.is_some_and(|o| o.reply.has_finish_reason())
    }

    /// Takes one event. It is cut off where there might have been more of it.
    #[inline(never)]
    pub(crate) fn take(&mut self, event: &SseEvent<'_>) -> Result<(), Fault> {
        let data = event.data;
        if is_done(data) {
            return self.finish();
        }
        if event.is_aside {
            return self.take_aside(data);
        }
        if event.is_error {
            return Err(Fault::ErrorObject(Box::new(ErrorBody::read(data))));
        }
        if let Some(piece) = self.repeat.piece_of(data) {
            let event = self.take_repeated(piece)?;
            self.queue.extend(event);
            return Ok(());
        }
        // Judged as UTF-8 once and as a whole, not string by string.
        if let Ok(text) = std::str::from_utf8(data)
            && let Ok(chunk) = scan::read::<Envelope<'_>>(text)
            && chunk.is_chunk()
        {
            let learned = Learned::of(&chunk, data);
            self.take_chunk(chunk, data)?;
            if let Some(learned) = learned {
                self.repeat.learn(learned, event.framed);
            }
            return Ok(());
        }
        self.take_odd(data)
    }

    fn take_chunk(&mut self, chunk: Envelope<'_>, data: &[u8]) -> Result<(), Fault> {
        if let Some(error) = error_of(&chunk, data) {
            // What the same chunk says of the reply has come all the same.
            if let Some(mut choice) = chunk.choices.best.filter(Choice::is_first) {
                self.take_delta(&mut choice)?;
            }
            return Err(Fault::ErrorObject(Box::new(error)));
        }
        if !self.has_id
            && let Some(id) = chunk.id()
        {
            self.has_id = true;
            self.main.set_id(&id);
        }
        if !self.has_model
            && let Some(model) = chunk.model()
        {
            self.has_model = true;
            self.main.set_model(&model);
        }
        if chunk.has_usage() {
            self.main.update_usage(&chunk.usage());
        }
        let choices = chunk.choices;
        if let Some(mut choice) = choices.best {
            self.take_choice(&mut choice)?;
        }
        for mut choice in choices.other_with_calls.into_iter().chain(choices.other_with_text) {
            self.take_choice(&mut choice)?;
        }
        Ok(())
    }

    fn take_choice(&mut self, choice: &mut Choice<'_>) -> Result<(), Fault> {
        if choice.is_first() {
            self.take_first(choice)
        } else if self.options.one_choice {
            self.take_other(choice)
        } else {
            Ok(())
        }
    }

    fn take_first(&mut self, choice: &mut Choice<'_>) -> Result<(), Fault> {
        let words = self.take_delta(choice)?;
        if let Some(error) = choice.error_object().or_else(|| choice.failure(&words)) {
            return Err(Fault::ErrorObject(Box::new(error)));
        }
        if let Some(word) = choice.finish_word().filter(|word| says_something(word)) {
            self.has_reason = true;
            self.main.set_finish_reason(&word);
        }
        Ok(())
    }

    /// Takes what a chunk adds to the reply, and gives back its text where it ends the stream by an
    /// error: these are the server's words for it.
    fn take_delta(&mut self, choice: &mut Choice<'_>) -> Result<String, Fault> {
        let mut words = String::new();
        self.seen = true;
        let piece = choice.take_piece();
        self.has_deltas |= piece.as_ref().is_some_and(|(_, whole)| !whole);
        // Whole messages count only where there are no deltas.
        if let Some((mut delta, whole)) = piece.filter(|(_, whole)| !whole || !self.has_deltas) {
            let mut texts = delta.texts(&mut self.halves);
            if texts.unreadable {
                return Err(Fault::malformed(
                    "a delta of the stream is no object, or its content is nested too deep",
                ));
            }
            if whole && texts.text.starts_with(self.main.content()) {
                texts.text.drain(..self.main.content().len());
                if !self.main.is_empty() {
                    texts.reasoning.clear();
                }
            }
            self.hold(&texts, &delta)?;
            if !texts.is_empty() {
                self.go_on();
            }
            if choice.failure("").is_some() {
                words.clone_from(&texts.text);
            }
            for (key, value) in delta.to_return(&texts) {
                self.main.push_extra(key, value);
            }
            if !texts.reasoning.is_empty() {
                self.main.set_reasoning_form(texts.form);
                let event = self.reasoning(texts.reasoning);
                self.queue.push_back(event);
            }
            if !texts.text.is_empty() {
                let event = self.text(texts.text);
                self.queue.extend(event);
            }
            if !texts.refusal.is_empty() {
                self.main.push_refusal(&texts.refusal);
                self.queue.push_back(StreamEvent::Refusal(texts.refusal));
            }
            for call in &delta.tool_calls {
                let added = self.push_call(call.fragment())?;
                self.queue.extend(added);
            }
        }
        Ok(words)
    }

    /// The reply goes on, so that a finish reason before this was not its end: some servers send one
    /// with each chunk, and some go on after the turn that they ended.
    fn go_on(&mut self) {
        if std::mem::take(&mut self.has_reason) {
            self.main.clear_finish_reason();
        }
    }

    /// Takes a piece of a call; the event, if it brings anything.
    fn push_call(&mut self, fragment: ToolCallFragment<'_>) -> Result<Option<StreamEvent>, Fault> {
        let added = self.main.push_tool_call(fragment).map_err(Fault::Core)?;
        if added.is_some() {
            self.go_on();
        }
        Ok(added.map(StreamEvent::ToolCallDelta))
    }

    /// Counts what is kept of a piece: a server that never ends must not fill the memory.
    fn hold(&mut self, texts: &Texts<'_>, delta: &Message<'_>) -> Result<(), Fault> {
        let length = texts.text.len() + texts.reasoning.len() + texts.refusal.len();
        self.hold_bytes(length.saturating_add(delta.kept_bytes(texts)))
    }

    fn hold_bytes(&mut self, more: usize) -> Result<(), Fault> {
        self.held = self.held.saturating_add(more);
        if self.held <= self.cap {
            return Ok(());
        }
        Err(Fault::TooLarge(format!("the reply is larger than {} bytes", self.cap)))
    }

    fn reasoning(&mut self, piece: String) -> StreamEvent {
        self.main.push_reasoning(&piece);
        StreamEvent::Reasoning(piece)
    }

    /// The event that shows a text. Where tags may lie in it, what there is to show is in the queue.
    fn text(&mut self, piece: String) -> Option<StreamEvent> {
        match self.think.as_mut().map(|think| (think.part_of(&piece), think)) {
            None | Some((Some(Part::Text), _)) => {
                self.main.push_text(&piece);
                Some(StreamEvent::Text(piece))
            }
            Some((Some(Part::Reasoning), _)) => {
                self.main.set_reasoning_form(ReasoningForm::SplitOff);
                Some(self.reasoning(piece))
            }
            Some((None, think)) => {
                let (main, queue) = (&mut self.main, &mut self.queue);
                think.feed(&piece, |part, piece| give(main, queue, part, piece));
                None
            }
        }
    }

    /// The reply is whole: calls, usage and the reply itself are the last events.
    pub(crate) fn finish(&mut self) -> Result<(), Fault> {
        let opened = self.flush();
        // The only choice there was, under another number than 0: nothing of it was shown.
        let seen = self.seen;
        let unshown = self.other.take_if(|_| !seen);
        if let Some(other) = self.other.take()
            && self.main.complete_from(other.reply)
        {
            self.queue.push_back(StreamEvent::Text(self.main.content().to_owned()));
        }
        let show_texts = unshown.is_some();
        if let Some(other) = unshown {
            *self.main = other.into_reply(&self.main);
        }
        if self.main.is_empty() && !self.main.has_finish_reason() {
            return Err(Fault::malformed("the stream ended without a reply"));
        }
        // A nameless tool call fails, and then the partial reply is wanted.
        let reply = match self.main.can_finish() {
            true => std::mem::take(&mut *self.main),
            false => self.main.as_ref().clone(),
        };
        let mut response = reply.finish().map_err(Fault::Core)?;
        if self.options.split_think_tags
            && !opened
            && response.reasoning.is_none()
            && let Some((reasoning, content)) = split_think(&response.content)
        {
            response = response.with_reasoning_form(ReasoningForm::SplitOff);
            response.content = content;
            response.reasoning = reasoning;
        }
        if show_texts {
            self.queue.extend(texts_of(&response));
        }
        self.queue.extend(response.tool_calls.iter().cloned().map(StreamEvent::ToolCall));
        if response.usage != Usage::default() {
            self.queue.push_back(StreamEvent::Usage(response.usage));
        }
        self.queue.push_back(StreamEvent::Done(Box::new(response)));
        self.finished = true;
        Ok(())
    }

    /// Takes the last events as they are.
    pub(crate) fn finish_with(&mut self, events: impl IntoIterator<Item = StreamEvent>) {
        self.queue.extend(events);
        self.finished = true;
    }

    /// Gives out what was held back in the hope of its other half. True if reasoning was opened by a tag.
    fn flush(&mut self) -> bool {
        let mut text = String::new();
        string::flush(&mut text, &mut self.halves.reasoning);
        if !text.is_empty() {
            let event = self.reasoning(std::mem::take(&mut text));
            self.queue.push_back(event);
        }
        string::flush(&mut text, &mut self.halves.text);
        if !text.is_empty() {
            let event = self.text(text);
            self.queue.extend(event);
        }
        let Some(mut think) = self.think.take() else { return false };
        let (main, queue) = (&mut self.main, &mut self.queue);
        think.flush(|part, piece| give(main, queue, part, piece));
        think.has_opened()
    }
}

/// The texts of a whole reply, in the order in which a stream has them.
pub(crate) fn texts_of(response: &LlmResponse) -> impl Iterator<Item = StreamEvent> {
    let content = Some(&response.content).filter(|text| !text.is_empty());
    [
        response.reasoning.clone().map(StreamEvent::Reasoning),
        content.cloned().map(StreamEvent::Text),
        response.refusal.clone().map(StreamEvent::Refusal),
    ]
    .into_iter()
    .flatten()
}

fn give(main: &mut ResponseAssembly, queue: &mut VecDeque<StreamEvent>, part: Part, piece: &str) {
    match part {
        Part::Text => {
            main.push_text(piece);
            queue.push_back(StreamEvent::Text(piece.to_owned()));
        }
        Part::Reasoning => {
            main.set_reasoning_form(ReasoningForm::SplitOff);
            main.push_reasoning(piece);
            queue.push_back(StreamEvent::Reasoning(piece.to_owned()));
        }
    }
}

/// Empty and `null` are sent with every chunk by some servers, and mean that there is no end yet.
fn says_something(word: &str) -> bool {
    !word.is_empty() && word != "null"
}
