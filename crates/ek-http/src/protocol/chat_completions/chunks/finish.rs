//! The end of a stream: what was held back is given out, and the reply is put together.

use ek_core::StreamEvent;

use super::{Chunks, Events, give};
use crate::failure::read_fault::ReadFault;
use crate::json::string;
use crate::protocol::chat_completions::reply::split_think;
use crate::protocol::whole;

impl Chunks {
    /// The reply is whole: calls, usage and the reply itself are the last events.
    pub(super) fn finish(&mut self, out: &mut Events) -> Result<(), ReadFault> {
        let opened = self.flush(out);
        // Two chunks, and the second one counted as the second choice.
        if matches!(self.counted, Some((2, _))) && !self.has_reason {
            self.adopt_other(out);
        }
        // The only choice there was, under another number than 0: nothing of it was shown.
        let seen = self.seen;
        let unshown = self.other.take_if(|_| !seen);
        if let Some(other) = self.other.take()
            && self.main.complete_from(other.reply)
        {
            out.push_back(StreamEvent::Text(self.main.content().to_owned()));
        }
        let show_texts = unshown.is_some();
        if let Some(other) = unshown {
            (*self.main, self.carry_over) = other.into_reply(&self.main);
        }
        if self.is_empty() && !self.main.has_finish_reason() {
            return Err(ReadFault::malformed("the stream ended without a reply"));
        }
        // A nameless tool call fails, and then the partial reply is wanted.
        let reply = match self.main.can_finish() {
            true => std::mem::take(&mut *self.main),
            false => self.main.as_ref().clone(),
        };
        let mut response = reply.finish().map_err(ReadFault::Core)?;
        if self.options.split_think_tags
            && !opened
            && response.reasoning.is_none()
            && let Some((reasoning, content)) = split_think(&response.content)
        {
            response.content = content;
            response.reasoning = reasoning;
            self.carry_over.reasoning_key = None;
        }
        response.native = std::mem::take(&mut self.carry_over).into_turn(&response);
        if show_texts {
            out.extend(whole::texts(&response));
        }
        out.extend(whole::ends(response));
        Ok(())
    }

    /// Gives out what was held back in the hope of its other half. True if reasoning was opened by a tag.
    fn flush(&mut self, out: &mut Events) -> bool {
        self.release_rest(out);
        let mut text = String::new();
        string::flush(&mut text, &mut self.halves.reasoning);
        if !text.is_empty() {
            let event = self.reasoning(std::mem::take(&mut text));
            out.push_back(event);
        }
        string::flush(&mut text, &mut self.halves.text);
        if !text.is_empty() {
            let event = self.text(text, out);
            out.extend(event);
        }
        let Some(mut think) = self.think.take() else { return false };
        let (main, carry_over) = (&mut self.main, &mut self.carry_over);
        think.flush(|part, piece| give(main, carry_over, out, part, piece));
        think.has_opened()
    }
}
