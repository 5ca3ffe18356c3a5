//! Another choice than the first: some servers put the tool calls there.

use ek_core::ResponseAssembly;

use super::carry_over::CarryOver;
use super::{Chunks, says_something};
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
    /// What comes in another choice is kept, without events: it may prove to be a part of the reply.
    pub(crate) fn take_other(&mut self, choice: &mut Choice<'_>) -> Result<(), ReadFault> {
        let error = choice.error_object().or_else(|| choice.failure(""));
        if let Some(error) = error.filter(|_| !self.seen) {
            return Err(ReadFault::ErrorObject(Box::new(error)));
        }
        let mut other = self.other.take().unwrap_or_default();
        let empty = other.reply.is_empty() && other.carry_over.is_empty();
        if let Some((mut delta, _)) = choice.take_piece().filter(|(_, whole)| !whole || empty) {
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
