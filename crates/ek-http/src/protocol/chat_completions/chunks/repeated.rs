//! A chunk that repeats the one before it with another text.

use ek_core::{ReasoningForm, StreamEvent, ToolCallFragment};

use super::Pieces;
use crate::protocol::chat_completions::chunks::template::Piece;
use crate::protocol::chat_completions::reply::{Fault, VaryingKind};
use crate::sse::SseDecoder;

impl Pieces {
    /// A chunk of which nothing has to be read but its text. Its event, if it is not in the queue.
    pub(crate) fn take_repeated(&mut self, piece: Piece<'_>) -> Result<Option<StreamEvent>, Fault> {
        #[cfg(test)]
        {
            self.has_repeated = true;
        }
        let kept = self.repeat.kept();
        match self.repeat.kind() {
            None => Ok(None),
            Some(VaryingKind::Text) => {
                let text = piece.decode(&mut self.halves.text);
                self.hold_bytes(kept + text.len())?;
                if text.is_empty() {
                    return Ok(None);
                }
                self.go_on();
                Ok(self.text(text))
            }
            Some(&VaryingKind::Reasoning(key)) => {
                let text = piece.decode(&mut self.halves.reasoning);
                self.hold_bytes(kept + text.len())?;
                if text.is_empty() {
                    return Ok(None);
                }
                self.go_on();
                self.main.set_reasoning_form(ReasoningForm::Field(key));
                Ok(Some(self.reasoning(text)))
            }
            Some(VaryingKind::Arguments(rest)) => {
                let mut fragment = ToolCallFragment::clone(rest);
                fragment.arguments = Some(piece.decode(&mut None).into());
                self.hold_bytes(kept + piece.json.len() + 2)?;
                self.push_call(fragment)
            }
        }
    }

    /// The same of the next event, if it is such a chunk and nothing is in the queue: its event, or
    /// that there is none to show.
    pub(crate) fn take_next_repeated(
        &mut self,
        events: &mut SseDecoder,
        cap: usize,
    ) -> Option<Result<Option<StreamEvent>, Fault>> {
        let (piece, event, data) = self.repeat.event_of(events.ahead())?;
        if data > cap {
            return None;
        }
        #[cfg(test)]
        {
            self.has_passed += 1;
        }
        let taken = self.take_repeated(piece);
        events.pass(event);
        Some(taken)
    }
}
