//! A chunk that repeats the one before it with another text.

use ek_core::{StreamEvent, ToolCallFragment};

use super::template::Piece;
use super::{Chunks, Events};
use crate::failure::read_fault::ReadFault;
use crate::protocol::chat_completions::reply::VaryingKind;
use crate::sse::SseDecoder;

impl Chunks {
    /// A chunk of which nothing has to be read but its text. Its event, if it is not in the queue.
    pub(crate) fn take_repeated(
        &mut self,
        piece: Piece<'_>,
        out: &mut Events,
    ) -> Result<Option<StreamEvent>, ReadFault> {
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
                Ok(self.text(text, out))
            }
            Some(&VaryingKind::Reasoning(key)) => {
                let text = piece.decode(&mut self.halves.reasoning);
                self.hold_bytes(kept + text.len())?;
                if text.is_empty() {
                    return Ok(None);
                }
                self.go_on();
                self.carry_over.reasoning_key = Some(key);
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

    /// The same of the decoder's next event, if it is such a chunk: its event, if it is not in `out`.
    pub(crate) fn take_next_repeated(
        &mut self,
        events: &mut SseDecoder,
        out: &mut Events,
    ) -> Option<Result<Option<StreamEvent>, ReadFault>> {
        let (piece, event, data) = self.repeat.event_of(events.ahead())?;
        if data > self.caps.event {
            return None;
        }
        #[cfg(test)]
        {
            self.has_passed += 1;
        }
        let taken = self.take_repeated(piece, out);
        events.pass(event);
        Some(taken)
    }
}
