//! The calls of a turn, each in a part of its own or in pieces.

use ek_core::{StreamEvent, ToolCallDelta};

use super::{PART_BYTES, Part, Turn};
use crate::failure::read_fault::ReadFault;
use crate::protocol::gemini::call::{Call, CallFields};
use crate::protocol::gemini::part::PartFields;

impl Turn {
    pub(super) fn take_call(
        &mut self,
        json: &str,
        fields: &CallFields<'_>,
        part: &PartFields<'_>,
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<(), ReadFault> {
        self.hold(2 * json.len() + PART_BYTES)?;
        let unreadable = |_| ReadFault::malformed("a piece of a tool call cannot be read");
        if let Some(call) = self.open_call(fields) {
            let kept = call.take(fields).map_err(unreadable)?;
            for (key, value) in &part.more {
                call.keep(key, value.get());
            }
            self.hold(kept)?;
            if !fields.goes_on() {
                self.close_call(out);
            }
            return Ok(());
        }
        self.close_call(out);
        // The end of a call that has ended.
        if fields.is_empty() {
            return Ok(());
        }
        self.flush(out);
        let mut call = Call::begin(json, self.call_count, fields);
        let kept = call.take(fields).map_err(unreadable)?;
        self.hold(kept)?;
        self.call_count += 1;
        let mut delta = ToolCallDelta::new(call.number);
        delta.id.clone_from(&call.id);
        delta.name.clone_from(&call.name);
        self.push(Part::Call(Box::new(call)))?;
        out.extend([StreamEvent::ToolCallDelta(delta)]);
        if !fields.goes_on() {
            self.close_call(out);
        }
        Ok(())
    }

    /// The call that these fields go on with: the open one, unless they begin another.
    fn open_call(&mut self, fields: &CallFields<'_>) -> Option<&mut Call> {
        let open = self.last_call().filter(|call| call.is_open)?;
        let name = fields.name();
        let is_piece = name.is_none() || (fields.pieces.is_some() && name == open.name);
        (is_piece && fields.args.is_none()).then_some(open)
    }

    fn last_call(&mut self) -> Option<&mut Call> {
        self.parts.iter_mut().rev().find_map(|part| match part {
            Part::Call(call) => Some(&mut **call),
            Part::Text { .. } | Part::Other(_) => None,
        })
    }

    /// Ends the open call, and shows its arguments.
    pub(super) fn close_call(&mut self, out: &mut impl Extend<StreamEvent>) {
        let Some(call) = self.last_call().filter(|call| call.is_open) else { return };
        call.is_open = false;
        let arguments = call.arguments();
        if arguments.as_str() != "{}" {
            let mut delta = ToolCallDelta::new(call.number);
            arguments.as_str().clone_into(&mut delta.arguments);
            out.extend([StreamEvent::ToolCallDelta(delta)]);
        }
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = &Call> {
        self.parts.iter().filter_map(|part| match part {
            Part::Call(call) => Some(&**call),
            Part::Text { .. } | Part::Other(_) => None,
        })
    }
}
