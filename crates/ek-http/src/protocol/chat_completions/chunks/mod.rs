//! One chunk of a streamed reply becomes events.

use std::collections::VecDeque;

use ek_core::{LlmResponse, ResponseAssembly, StreamEvent, ToolCallFragment};

#[cfg(test)]
mod allocations;
mod carry_over;
mod finish;
#[cfg(test)]
mod limits;
mod odd;
mod other;
#[cfg(test)]
mod properties;
mod restated;
mod template;
mod think;

use super::reply::{Choice, Envelope, Halves, Message, Texts};
use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::json::scan;
use crate::protocol::documents::is_done;
use crate::protocol::{Caps, ChunkReader, ReadOptions};
use crate::sse::{SseDecoder, SseEvent};
use carry_over::CarryOver;
use odd::error_of;
use other::Other;
use restated::Restated;
use template::{ChunkTemplate, LearnedChunk};
use think::{Part, ThinkSplitter};

/// What there is to show, in order.
type Events = VecDeque<StreamEvent>;

/// The reply in the making.
#[derive(Debug)]
pub(crate) struct Chunks {
    /// Apart from the rest, of which most is looked at for each token.
    main: Box<ResponseAssembly>,
    /// What goes back on the next turn.
    carry_over: CarryOver,
    /// Another choice than the first: some servers put the tool calls there.
    other: Option<Box<Other>>,
    /// The next index, and the length of the text so far, while the indexes of the choices count the
    /// chunks. `None` once they do not.
    counted: Option<(u64, usize)>,
    /// The first choice has been seen.
    seen: bool,
    /// A delta of the first choice brought something.
    has_deltas: bool,
    /// How many bytes are kept.
    held: usize,
    caps: Caps,
    has_id: bool,
    has_model: bool,
    has_reason: bool,
    halves: Halves,
    think: Option<ThinkSplitter>,
    restated: Option<Box<Restated>>,
    options: ReadOptions,
    template: ChunkTemplate,
    #[cfg(test)]
    has_fitted: bool,
    #[cfg(test)]
    has_passed: usize,
}

impl ChunkReader for Chunks {
    fn take(&mut self, event: &SseEvent<'_>, out: &mut Events) -> Result<(), ReadFault> {
        let taken = self.take_event(event, out);
        if taken.is_err() {
            self.release(out);
        }
        if matches!(taken, Err(ReadFault::CutOff)) {
            self.template.forget(); // nothing is taken any more
        }
        taken
    }

    fn take_ahead(
        &mut self,
        decoder: &mut SseDecoder,
        out: &mut Events,
    ) -> Option<Result<Option<StreamEvent>, ReadFault>> {
        self.take_next_fitting(decoder, out)
    }

    fn end(&mut self, out: &mut Events) -> Result<(), ReadFault> {
        self.finish(out)
    }

    fn is_whole(&self) -> bool {
        let other = self.other.as_ref().filter(|_| !self.seen);
        self.has_reason || other.is_some_and(|o| o.reply.has_finish_reason())
    }

    fn partial(&self) -> LlmResponse {
        self.partial_reply()
    }

    fn error_of(&self, document: &str) -> Option<ErrorBody> {
        error_of(&scan::read::<Envelope<'_>>(document).ok()?, document.as_bytes())
    }

    #[cfg(any(test, fuzzing))]
    fn switch_off_fast_path(&mut self) {
        self.template.switched_off = true;
    }

    #[cfg(test)]
    fn fast_path_count(&self) -> (usize, usize) {
        (usize::from(self.has_fitted), self.has_passed)
    }
}

impl Chunks {
    /// Keeps at most `caps.document` bytes of texts and arguments.
    pub(crate) fn new(options: ReadOptions, caps: Caps) -> Self {
        Self {
            main: Box::default(),
            carry_over: CarryOver::default(),
            other: None,
            counted: Some((0, 0)),
            seen: false,
            has_deltas: false,
            held: 0,
            caps,
            has_id: false,
            has_model: false,
            has_reason: false,
            halves: Halves::default(),
            think: options.split_think_tags.then(ThinkSplitter::new),
            restated: None,
            options,
            template: ChunkTemplate::default(),
            #[cfg(test)]
            has_fitted: false,
            #[cfg(test)]
            has_passed: 0,
        }
    }

    #[inline(never)]
    fn take_event(&mut self, event: &SseEvent<'_>, out: &mut Events) -> Result<(), ReadFault> {
        let data = event.data;
        if is_done(data) {
            return self.finish(out);
        }
        if event.has_no_field {
            return self.take_without_field(data, out);
        }
        if event.is_error {
            return Err(ReadFault::ErrorObject(Box::new(ErrorBody::read(data))));
        }
        if let Some(piece) = self.template.piece_of(data) {
            let event = self.take_fitting(piece, out)?;
            out.extend(event);
            return Ok(());
        }
        // Judged as UTF-8 once and as a whole, not string by string.
        if let Ok(text) = std::str::from_utf8(data)
            && let Ok(chunk) = scan::read::<Envelope<'_>>(text)
            && chunk.is_chunk()
        {
            let learned = LearnedChunk::of(&chunk, data);
            self.take_chunk(chunk, data, out)?;
            if let Some(learned) = learned {
                self.template.learn(learned, event.one_line);
            }
            return Ok(());
        }
        self.take_odd(data, out)
    }

    fn take_chunk(
        &mut self,
        chunk: Envelope<'_>,
        data: &[u8],
        out: &mut Events,
    ) -> Result<(), ReadFault> {
        if let Some(error) = error_of(&chunk, data) {
            // What the same chunk says of the reply has come all the same.
            if let Some(mut choice) = chunk.choices.best.filter(Choice::is_first) {
                self.take_delta(&mut choice, out)?;
            }
            return Err(ReadFault::ErrorObject(Box::new(error)));
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
        let is_alone = choices.other_with_calls.is_none() && choices.other_with_text.is_none();
        if !is_alone {
            self.counted = None;
        }
        if let Some(mut choice) = choices.best {
            self.take_choice(&mut choice, out)?;
        }
        for mut choice in choices.other_with_calls.into_iter().chain(choices.other_with_text) {
            self.take_choice(&mut choice, out)?;
        }
        Ok(())
    }

    fn take_first(&mut self, choice: &mut Choice<'_>, out: &mut Events) -> Result<(), ReadFault> {
        let words = self.take_delta(choice, out)?;
        if let Some(error) = choice.error_object().or_else(|| choice.failure(&words)) {
            return Err(ReadFault::ErrorObject(Box::new(error)));
        }
        if let Some(word) = choice.finish_word().filter(|word| says_something(word)) {
            self.has_reason = true;
            self.main.set_finish_reason(&word);
        }
        Ok(())
    }

    /// Takes what a chunk adds to the reply, and gives back its text where it ends the stream by an
    /// error: these are the server's words for it.
    fn take_delta(
        &mut self,
        choice: &mut Choice<'_>,
        out: &mut Events,
    ) -> Result<String, ReadFault> {
        let mut words = String::new();
        self.seen = true;
        if let Some((mut delta, whole)) = choice.take_piece(&mut self.has_deltas) {
            let mut texts = delta.texts(&mut self.halves);
            if texts.unreadable {
                return Err(ReadFault::malformed(
                    "a delta of the stream is no object, or its content is nested too deep",
                ));
            }
            if whole && texts.text.starts_with(self.main.content()) {
                texts.text.drain(..self.main.content().len());
                if !self.is_empty() {
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
            for (key, json) in delta.to_carry_over(&texts) {
                self.carry_over.push(key, &json);
            }
            if !texts.reasoning.is_empty() {
                self.carry_over.reasoning_key = texts.reasoning_key;
                let added = self.added(Part::Reasoning, texts.reasoning, out);
                out.extend(added.map(|piece| self.reasoning(piece)));
            }
            if !texts.text.is_empty() {
                let event = self.text(texts.text, out);
                out.extend(event);
            }
            if !texts.refusal.is_empty() || !delta.tool_calls.is_empty() {
                self.release(out);
            }
            if !texts.refusal.is_empty() {
                self.main.push_refusal(&texts.refusal);
                out.push_back(StreamEvent::Refusal(texts.refusal));
            }
            for call in &delta.tool_calls {
                let added = self.push_call(call.fragment())?;
                out.extend(added);
            }
        }
        Ok(words)
    }

    /// Whether nothing of a reply has come.
    fn is_empty(&self) -> bool {
        self.main.is_empty() && self.carry_over.is_empty()
    }

    /// The reply goes on, so that a finish reason before this was not its end: some servers send one
    /// with each chunk, and some go on after the turn that they ended.
    fn go_on(&mut self) {
        if std::mem::take(&mut self.has_reason) {
            self.main.clear_finish_reason();
        }
    }

    /// Takes a piece of a call; the event, if it brings anything.
    fn push_call(
        &mut self,
        fragment: ToolCallFragment<'_>,
    ) -> Result<Option<StreamEvent>, ReadFault> {
        let added = self.main.push_tool_call(fragment).map_err(ReadFault::Core)?;
        if added.is_some() {
            self.go_on();
        }
        Ok(added.map(StreamEvent::ToolCallDelta))
    }

    /// Counts what is kept of a piece: a server that never ends must not fill the memory.
    fn hold(&mut self, texts: &Texts<'_>, delta: &Message<'_>) -> Result<(), ReadFault> {
        let length = texts.text.len() + texts.reasoning.len() + texts.refusal.len();
        self.hold_bytes(length.saturating_add(delta.kept_bytes(texts)))
    }

    fn hold_bytes(&mut self, more: usize) -> Result<(), ReadFault> {
        self.held = self.held.saturating_add(more);
        if self.held <= self.caps.document {
            return Ok(());
        }
        Err(ReadFault::TooLarge(format!("the reply is larger than {} bytes", self.caps.document)))
    }

    fn reasoning(&mut self, piece: String) -> StreamEvent {
        self.main.push_reasoning(&piece);
        StreamEvent::Reasoning(piece)
    }

    /// The event that shows a text. Where tags may lie in it, what there is to show is in `out`.
    fn text(&mut self, piece: String, out: &mut Events) -> Option<StreamEvent> {
        match self.think.as_mut().map(|think| (think.part_of(&piece), think)) {
            None => {
                let piece = self.added(Part::Text, piece, out)?;
                self.main.push_text(&piece);
                Some(StreamEvent::Text(piece))
            }
            Some((Some(Part::Text), _)) => {
                self.main.push_text(&piece);
                Some(StreamEvent::Text(piece))
            }
            Some((Some(Part::Reasoning), _)) => {
                self.carry_over.reasoning_key = None;
                Some(self.reasoning(piece))
            }
            Some((None, think)) => {
                let (main, carry_over) = (&mut self.main, &mut self.carry_over);
                think.feed(&piece, |part, piece| give(main, carry_over, out, part, piece));
                None
            }
        }
    }
}

fn give(
    main: &mut ResponseAssembly,
    carry_over: &mut CarryOver,
    out: &mut Events,
    part: Part,
    piece: &str,
) {
    match part {
        Part::Text => {
            main.push_text(piece);
            out.push_back(StreamEvent::Text(piece.to_owned()));
        }
        Part::Reasoning => {
            // The server knows no key for it, so it does not go back.
            carry_over.reasoning_key = None;
            main.push_reasoning(piece);
            out.push_back(StreamEvent::Reasoning(piece.to_owned()));
        }
    }
}

/// Empty and `null` are sent with every chunk by some servers, and mean that there is no end yet.
fn says_something(word: &str) -> bool {
    !word.is_empty() && word != "null"
}
