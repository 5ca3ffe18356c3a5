//! One event of a stream, as far as it matters.

use crate::json::fields::Fields;
use crate::json::scalar;
use crate::json::scan::{Raw, Scanner, Unreadable};
use crate::protocol::anthropic::counts::Counts;
use crate::protocol::anthropic::message::{Stop, says_something};

/// The fields of an event. Keys given twice: the last one counts.
#[derive(Default)]
pub(super) struct Event<'a> {
    kind: Option<Raw<'a>>,
    pub(super) index: Option<Raw<'a>>,
    pub(super) message: Option<Raw<'a>>,
    pub(super) block: Option<Raw<'a>>,
    pub(super) delta: Option<Delta<'a>>,
    pub(super) usage: Option<Counts>,
    pub(super) error: Option<Raw<'a>>,
    /// It is neither an object nor null, and so no event.
    pub(super) is_other: bool,
}

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventKind {
    MessageStart,
    BlockStart,
    BlockDelta,
    BlockStop,
    MessageDelta,
    MessageStop,
    Error,
    /// One that has no type and none of the known fields.
    Unnamed,
    /// One of a type that is not known, which is passed over.
    Other,
}

impl Event<'_> {
    /// The event's type by its own word, else by what it holds.
    pub(super) fn kind(&self) -> EventKind {
        let Some(kind) = self.kind else { return self.kind_by_fields() };
        match kind.get() {
            "\"message_start\"" => EventKind::MessageStart,
            "\"content_block_start\"" => EventKind::BlockStart,
            "\"content_block_delta\"" => EventKind::BlockDelta,
            "\"content_block_stop\"" => EventKind::BlockStop,
            "\"message_delta\"" => EventKind::MessageDelta,
            "\"message_stop\"" => EventKind::MessageStop,
            "\"error\"" => EventKind::Error,
            _ => EventKind::Other,
        }
    }

    fn kind_by_fields(&self) -> EventKind {
        let has_message = self.message.is_some_and(|message| message.get().starts_with('{'));
        let has = [
            (self.error.is_some_and(says_something), EventKind::Error),
            (has_message, EventKind::MessageStart),
            (self.block.is_some(), EventKind::BlockStart),
            (self.delta.is_some() && self.index.is_some(), EventKind::BlockDelta),
            (self.delta.is_some(), EventKind::MessageDelta),
        ];
        has.into_iter().find(|(has, _)| *has).map_or(EventKind::Unnamed, |(_, kind)| kind)
    }
}

impl<'a> Fields<'a> for Event<'a> {
    fn of_no_object() -> Self {
        Self { is_other: true, ..Self::default() }
    }

    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "type" => self.kind = Some(value.value()?),
            "index" => self.index = Some(value.value()?),
            "message" => self.message = Some(value.value()?),
            "content_block" => self.block = Some(value.value()?),
            "delta" => self.delta = Some(value.value()?),
            "usage" => self.usage = Some(value.value()?),
            "error" => self.error = Some(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

/// What changes: a piece of a block, or the end of the message.
#[derive(Default)]
pub(super) struct Delta<'a> {
    kind: Option<Raw<'a>>,
    pub(super) text: Option<Raw<'a>>,
    pub(super) thinking: Option<Raw<'a>>,
    pub(super) partial_json: Option<Raw<'a>>,
    pub(super) signature: Option<Raw<'a>>,
    pub(super) citation: Option<Raw<'a>>,
    pub(super) stop: Stop<'a>,
}

impl<'a> Delta<'a> {
    /// Its type, as JSON: its own word, else what it holds; nothing where neither is known.
    pub(super) fn kind(&self) -> &'a str {
        let has = [
            (self.text, "\"text_delta\""),
            (self.thinking, "\"thinking_delta\""),
            (self.partial_json, "\"input_json_delta\""),
            (self.signature, "\"signature_delta\""),
            (self.citation, "\"citations_delta\""),
        ];
        let by_fields = || has.into_iter().find(|(has, _)| has.is_some()).map(|(_, kind)| kind);
        let own = self.kind.filter(|kind| scalar::is_set(*kind)).map(Raw::get);
        own.or_else(by_fields).unwrap_or_default()
    }
}

impl<'a> Fields<'a> for Delta<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "type" => self.kind = Some(value.value()?),
            "text" => self.text = Some(value.value()?),
            "thinking" => self.thinking = Some(value.value()?),
            "partial_json" => self.partial_json = Some(value.value()?),
            "signature" => self.signature = Some(value.value()?),
            "citation" => self.citation = Some(value.value()?),
            _ => return self.stop.field(key, value),
        }
        Ok(())
    }
}
