//! The candidate as it came, for the next request.

use ek_core::RawJson;

use super::{Part, Turn};
use crate::failure::read_fault::ReadFault;
use crate::json::checked;
use crate::json::list::List;
use crate::json::object::Object;
use crate::json::write;

impl Turn {
    /// Whether the flat fields hold all of the turn: at most one text, and nothing else.
    pub(super) fn is_plain(&self) -> bool {
        let is_text = matches!(self.parts[..], [] | [Part::Text { thought: false, .. }]);
        is_text && self.more.is_empty() && self.feedback.is_none()
    }

    /// The candidate as it came, without what the flat fields hold of it alone.
    pub(super) fn json(&self) -> Result<RawJson, ReadFault> {
        let mut json = Vec::with_capacity(self.held.min(64 * 1024));
        let mut candidate = Object::begin(&mut json);
        if !self.parts.is_empty() {
            let mut content = Object::begin(candidate.key("content"));
            content.text("role", "model");
            self.write_parts(content.key("parts"));
            content.end();
        }
        self.more.write(&mut candidate);
        if let Some(feedback) = &self.feedback {
            candidate.key("promptFeedback").extend_from_slice(feedback.as_bytes());
        }
        candidate.end();
        checked::put_together(json)
            .ok_or_else(|| ReadFault::malformed("a part of the reply cannot be kept"))
    }

    fn write_parts(&self, out: &mut Vec<u8>) {
        let mut list = List::begin(out);
        for part in &self.parts {
            if matches!(part, Part::Call(call) if call.name.is_none()) {
                continue;
            }
            match part {
                Part::Text { thought, range } => {
                    let mut object = Object::begin(list.item());
                    write::write(&self.shown(*thought)[range.clone()], object.key("text"));
                    if *thought {
                        object.key("thought").extend_from_slice(b"true");
                    }
                    object.end();
                }
                Part::Call(call) => call.write(list.item()),
                Part::Other(json) => list.json(json),
            }
        }
        list.end();
    }
}
