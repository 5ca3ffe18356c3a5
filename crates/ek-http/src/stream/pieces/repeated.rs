//! A chunk that repeats the one before it with another text.

use ek_core::{ReasoningForm, StreamEvent};

use super::Pieces;
use crate::reply::{Fault, VaryingKind};
use crate::stream::repeat::Piece;

impl Pieces {
    /// A chunk of which nothing has to be read but its text.
    pub(super) fn take_repeated(&mut self, piece: Piece<'_>) -> Result<(), Fault> {
        #[cfg(test)]
        {
            self.has_repeated = true;
        }
        let kept = self.repeat.kept();
        match self.repeat.kind() {
            None => {}
            Some(VaryingKind::Text) => {
                let text = piece.decode(&mut self.halves.text);
                self.hold_bytes(kept + text.len())?;
                if !text.is_empty() {
                    self.text(text);
                }
            }
            Some(&VaryingKind::Reasoning(key)) => {
                let text = piece.decode(&mut self.halves.reasoning);
                self.hold_bytes(kept + text.len())?;
                if !text.is_empty() {
                    self.main.set_reasoning_form(ReasoningForm::Field(key));
                    self.reasoning(text);
                }
            }
            Some(VaryingKind::Arguments(rest)) => {
                let mut fragment = rest.clone();
                fragment.arguments = Some(piece.decode(&mut None).into());
                self.hold_bytes(kept + piece.json.len() + 2)?;
                let added = self.main.push_tool_call(fragment).map_err(Fault::Core)?;
                self.queue.extend(added.map(StreamEvent::ToolCallDelta));
            }
        }
        Ok(())
    }
}
