//! A chunk that fits the template: the one before it with another text.

use ek_core::{StreamEvent, ToolCallFragment};

use super::super::{Chunks, Events, Part};
use super::{SlotText, VariableKind};
use crate::failure::read_fault::ReadFault;
use crate::sse::SseDecoder;

impl Chunks {
    /// A chunk of which nothing has to be read but its text. Its event, if it is not in the queue.
    pub(crate) fn take_fitting(
        &mut self,
        piece: SlotText<'_>,
        out: &mut Events,
    ) -> Result<Option<StreamEvent>, ReadFault> {
        #[cfg(test)]
        {
            self.has_fitted = true;
        }
        let retained = self.template.retained();
        match self.template.kind() {
            None => Ok(None),
            Some(VariableKind::Text) => {
                let text = piece.decode(&mut self.halves.text);
                self.hold_bytes(retained + text.len())?;
                if text.is_empty() {
                    return Ok(None);
                }
                self.go_on();
                Ok(self.text(text, out))
            }
            Some(&VariableKind::Reasoning(key)) => {
                let text = piece.decode(&mut self.halves.reasoning);
                self.hold_bytes(retained + text.len())?;
                if text.is_empty() {
                    return Ok(None);
                }
                self.go_on();
                self.carry_over.reasoning_key = Some(key);
                let added = self.added(Part::Reasoning, text, out);
                Ok(added.map(|piece| self.reasoning(piece)))
            }
            Some(VariableKind::Arguments(rest)) => {
                let mut fragment = ToolCallFragment::clone(rest);
                if self.restated.is_some() {
                    self.release(out);
                }
                fragment.arguments = Some(piece.decode(&mut None).into());
                self.hold_bytes(retained + piece.json.len() + 2)?;
                self.push_call(fragment)
            }
        }
    }

    /// The same of the decoder's next event, if it is such a chunk: its event, if it is not in `out`.
    pub(crate) fn take_next_fitting(
        &mut self,
        events: &mut SseDecoder,
        out: &mut Events,
    ) -> Option<Result<Option<StreamEvent>, ReadFault>> {
        let (piece, event, data) = self.template.event_of(events.ahead())?;
        if data > self.caps.event {
            return None;
        }
        #[cfg(test)]
        {
            self.has_passed += 1;
        }
        let taken = self.take_fitting(piece, out);
        events.pass(event);
        Some(taken)
    }
}
