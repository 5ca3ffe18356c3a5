//! The model's turn in the making: parts on the one side, the flat fields of a reply on the other.
//!
//! A whole reply and a streamed one are put together here alike, so that both end in the same reply. Plain
//! texts that follow each other are one part; every other part stays as it came.

mod calls;
mod finish;
mod further;
mod native;

use std::ops::Range;

use ek_core::{Error, ErrorKind, StreamEvent};

use super::answer::{Answer, Candidate, MAX_PARTS};
use super::call::Call;
use super::counts::Counts;
use super::part::PartFields;
use crate::failure::read_fault::ReadFault;
use crate::json::scan::Raw;
use crate::json::{overlay, string};
use further::Further;

/// What a part weighs besides its text, in bytes.
const PART_BYTES: usize = 96;

#[derive(Debug)]
enum Part {
    /// Plain text: a range of the content, or of the reasoning where it is a thought.
    Text {
        thought: bool,
        range: Range<usize>,
    },
    Call(Box<Call>),
    /// Any other part, as it came.
    Other(String),
}

#[derive(Debug, Default)]
pub(super) struct Turn {
    parts: Vec<Part>,
    call_count: usize,
    content: String,
    reasoning: String,
    /// Half of a surrogate pair at the end of the last part, whose other half is in the next piece.
    high: Option<u16>,
    id: Option<String>,
    model: Option<String>,
    counts: Counts,
    /// Why the model stopped.
    reason: Option<String>,
    /// Why the prompt is blocked.
    block: Option<String>,
    /// Nothing of the candidate has come since its last reason.
    has_stopped: bool,
    /// The other fields of the candidate.
    more: Further,
    feedback: Option<String>,
    held: usize,
    cap: usize,
}

impl Turn {
    /// A turn of which nothing has come; of it, no more than `cap` bytes are kept.
    pub(super) fn new(cap: usize) -> Self {
        Self { cap, ..Self::default() }
    }

    /// Whether the reply is whole, unless further parts follow.
    pub(super) fn has_ended(&self) -> bool {
        self.has_stopped || (self.block.is_some() && self.reason.is_none())
    }

    /// Takes what an answer holds.
    ///
    /// # Errors
    /// `TooLarge` beyond the caps, `Malformed` for a piece of a call that cannot be read.
    pub(super) fn take(
        &mut self,
        answer: &Answer<'_>,
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<(), ReadFault> {
        self.id = answer.id().or_else(|| self.id.take());
        self.model = answer.model().or_else(|| self.model.take());
        if let Some(counts) = &answer.counts {
            self.counts.update(counts);
        }
        if let Some(feedback) = &answer.feedback {
            self.hold(feedback.json().len())?;
            self.block = feedback.reason().or_else(|| self.block.take());
            self.feedback = Some(feedback.json().to_owned());
        }
        answer.candidate.as_ref().map_or(Ok(()), |candidate| self.take_candidate(candidate, out))
    }

    fn take_candidate(
        &mut self,
        candidate: &Candidate<'_>,
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<(), ReadFault> {
        if let Some(content) = &candidate.content {
            if content.has_too_many {
                return Err(too_many());
            }
            for (part, raw) in &content.parts {
                self.take_part(part, *raw, out)?;
            }
        }
        for (key, json) in &candidate.more {
            self.hold(size_of::<String>() + key.len() + json.get().len())?;
            self.more.take(key, json.get());
        }
        if let Some(reason) = candidate.reason() {
            self.close_call(out);
            self.reason = Some(reason);
            self.has_stopped = true;
        }
        Ok(())
    }

    fn take_part(
        &mut self,
        part: &PartFields<'_>,
        raw: Raw<'_>,
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<(), ReadFault> {
        let json = raw.get();
        if json.starts_with('"') {
            return self.take_text(raw, false, out);
        }
        if let Some(call) = &part.call {
            let Some(text) = part.text else { return self.take_call(json, call, part, out) };
            // The API takes one of the two in a part, so that the text goes back in a part of its own.
            self.take_text(text, part.thought, out)?;
            let mut alone = Vec::new();
            overlay::write(json, &[("text", None)], &mut alone);
            return self.take_call(&String::from_utf8_lossy(&alone), call, part, out);
        }
        if let Some(text) = part.plain_text() {
            return self.take_text(text, part.thought, out);
        }
        if part.text.is_none() && part.more.is_empty() {
            return Ok(());
        }
        self.flush(out);
        self.hold(2 * json.len() + PART_BYTES)?;
        // A signature alone is nothing that a reason of its own would have to follow.
        let had_stopped = self.has_stopped;
        self.push(Part::Other(json.to_owned()))?;
        self.has_stopped = had_stopped && part.text.is_some_and(|text| text.get() == "\"\"");
        if let Some(text) = part.text {
            out.extend(self.show(&string::read(text.get()), part.thought));
        }
        Ok(())
    }

    /// Takes plain text, which goes on with the text before it.
    fn take_text(
        &mut self,
        text: Raw<'_>,
        thought: bool,
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<(), ReadFault> {
        if text.get() == "\"\"" {
            return Ok(());
        }
        let goes_on =
            matches!(self.parts.last(), Some(Part::Text { thought: t, .. }) if *t == thought);
        if !goes_on {
            self.flush(out);
            self.hold(PART_BYTES)?;
            let at = self.shown(thought).len();
            self.push(Part::Text { thought, range: at..at })?;
        }
        self.hold(text.get().len())?;
        self.has_stopped = false;
        let mut decoded = String::new();
        string::decode_onto(text.get(), &mut decoded, &mut self.high);
        out.extend(self.show(&decoded, thought));
        self.extend_text();
        Ok(())
    }

    /// Shows half of a surrogate pair whose other half did not come.
    fn flush(&mut self, out: &mut impl Extend<StreamEvent>) {
        let mut rest = String::new();
        string::flush(&mut rest, &mut self.high);
        if let Some(Part::Text { thought, .. }) = self.parts.last() {
            let thought = *thought;
            out.extend(self.show(&rest, thought));
            self.extend_text();
        }
    }

    /// Lets the last part end where its text ends.
    fn extend_text(&mut self) {
        if let Some(Part::Text { thought, range }) = self.parts.last_mut() {
            range.end = if *thought { self.reasoning.len() } else { self.content.len() };
        }
    }

    fn shown(&self, thought: bool) -> &str {
        if thought { &self.reasoning } else { &self.content }
    }

    /// Takes a text over into the flat fields.
    fn show(&mut self, text: &str, thought: bool) -> Option<StreamEvent> {
        if text.is_empty() {
            return None;
        }
        Some(if thought {
            self.reasoning.push_str(text);
            StreamEvent::Reasoning(text.to_owned())
        } else {
            self.content.push_str(text);
            StreamEvent::Text(text.to_owned())
        })
    }

    fn push(&mut self, part: Part) -> Result<(), ReadFault> {
        if self.parts.len() >= MAX_PARTS {
            return Err(too_many());
        }
        self.has_stopped = false;
        self.parts.push(part);
        Ok(())
    }

    fn hold(&mut self, more: usize) -> Result<(), ReadFault> {
        self.held = self.held.saturating_add(more);
        if self.held <= self.cap {
            return Ok(());
        }
        Err(ReadFault::TooLarge(format!("the reply is larger than {} bytes", self.cap)))
    }
}

/// The reply holds more parts than are read.
fn too_many() -> ReadFault {
    let why = format!("the reply has more than {MAX_PARTS} parts");
    ReadFault::Core(Error::new(ErrorKind::TooLarge, why))
}
