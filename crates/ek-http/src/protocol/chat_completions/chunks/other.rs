//! Another choice than the first: some servers put the tool calls there, and some count the chunks by the
//! index of their choice.

use ek_core::{LlmResponse, ResponseAssembly, StreamEvent};

use super::carry_over::CarryOver;
use super::{Chunks, Events, says_something};
use crate::failure::read_fault::ReadFault;
use crate::json::string;
use crate::protocol::chat_completions::reply::{Choice, Halves};

/// A choice of which nothing is shown until it is known what it is for.
#[derive(Debug, Default)]
pub(crate) struct Other {
    pub(crate) reply: ResponseAssembly,
    carry_over: CarryOver,
    halves: Halves,
}

impl Chunks {
    pub(super) fn take_choice(
        &mut self,
        choice: &mut Choice<'_>,
        out: &mut Events,
    ) -> Result<(), ReadFault> {
        let counts = self.counts(choice.order);
        if choice.is_first() || (counts && choice.order > 1) {
            if counts {
                self.adopt_other(out);
            }
            self.take_first(choice, out)?;
            self.counted = self.counted.map(|(next, _)| (next, self.shown()));
            Ok(())
        } else if self.options.one_choice {
            self.take_other(choice)
        } else {
            Ok(())
        }
    }

    /// Whether the indexes of the choices count the chunks up to this one: Foundry Local does so for its
    /// one choice. Several choices come again under the same indexes.
    fn counts(&mut self, index: u64) -> bool {
        let Some(known) = self.counted else { return false };
        let shown = self.shown();
        let counts = self.options.one_choice && known == (index, shown);
        self.counted = counts.then_some((index.saturating_add(1), shown));
        counts
    }

    /// How much of the first choice has come, in bytes.
    fn shown(&self) -> usize {
        self.main.content().len() + self.main.reasoning().len()
    }

    /// Takes over what another choice holds: it was the second chunk of the only one.
    pub(super) fn adopt_other(&mut self, out: &mut Events) {
        let Some(other) = self.other.take() else { return };
        let (reply, carry_over) = other.into_reply(&self.main);
        self.carry_over.reasoning_key = self.carry_over.reasoning_key.or(carry_over.reasoning_key);
        if !reply.reasoning().is_empty() {
            let event = self.reasoning(reply.reasoning().to_owned());
            out.push_back(event);
        }
        if !reply.content().is_empty() {
            let event = self.text(reply.content().to_owned(), out);
            out.extend(event);
        }
        if let Some(refusal) = reply.partial().refusal {
            self.main.push_refusal(&refusal);
            out.push_back(StreamEvent::Refusal(refusal));
        }
        let ended = reply.clone().finish().ok();
        if let Some(word) = ended.as_ref().and_then(LlmResponse::finish_reason_raw) {
            self.has_reason = true;
            self.main.set_finish_reason(word);
        }
        self.main.complete_from(reply);
    }

    /// What comes in another choice is kept, without events: it may prove to be a part of the reply.
    pub(crate) fn take_other(&mut self, choice: &mut Choice<'_>) -> Result<(), ReadFault> {
        let error = choice.error_object().or_else(|| choice.failure(""));
        if let Some(error) = error.filter(|_| !self.seen) {
            return Err(ReadFault::ErrorObject(Box::new(error)));
        }
        let mut other = self.other.take().unwrap_or_default();
        let empty = other.reply.is_empty() && other.carry_over.is_empty();
        if let Some((mut delta, _)) = choice.take_piece(&mut !empty) {
            let texts = delta.texts(&mut other.halves);
            if texts.unreadable {
                return Err(ReadFault::malformed(
                    "a delta of the stream is no object, or its content is nested too deep",
                ));
            }
            self.hold(&texts, &delta)?;
            let reply = &mut other.reply;
            if !texts.is_empty() || !delta.tool_calls.is_empty() {
                reply.clear_finish_reason(); // it goes on
            }
            if !texts.reasoning.is_empty() {
                other.carry_over.reasoning_key = texts.reasoning_key;
            }
            reply.push_text(&texts.text);
            reply.push_reasoning(&texts.reasoning);
            reply.push_refusal(&texts.refusal);
            for call in &delta.tool_calls {
                reply.push_tool_call(call.fragment()).map_err(ReadFault::Core)?;
            }
            for (key, json) in delta.to_carry_over(&texts) {
                other.carry_over.push(key, &json);
            }
        }
        if let Some(word) = choice.finish_word().filter(|word| says_something(word)) {
            other.reply.set_finish_reason(&word);
        }
        self.other = Some(other);
        Ok(())
    }
}

impl Other {
    /// The reply, with what the chunks say of it outside of their choices.
    pub(crate) fn into_reply(mut self, chunks: &ResponseAssembly) -> (ResponseAssembly, CarryOver) {
        let mut cut = String::new();
        string::flush(&mut cut, &mut self.halves.text);
        self.reply.push_text(&cut);
        cut.clear();
        string::flush(&mut cut, &mut self.halves.reasoning);
        self.reply.push_reasoning(&cut);
        let known = chunks.partial();
        self.reply.set_id(&known.id.unwrap_or_default());
        self.reply.set_model(&known.model.unwrap_or_default());
        self.reply.update_usage(&known.usage);
        (self.reply, self.carry_over)
    }
}
