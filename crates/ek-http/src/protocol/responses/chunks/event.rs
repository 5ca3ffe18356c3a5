//! One event of a stream, as far as it matters.

use crate::json::fields::Fields;
use crate::json::scan::{Raw, Scanner, Unreadable};
use crate::protocol::responses::response::Response;
use crate::protocol::responses::slot::Place;

/// The fields of an event. Keys given twice: the last one counts.
#[derive(Default)]
pub(super) struct Event<'a> {
    kind: Option<Raw<'a>>,
    pub(super) output_index: Option<Raw<'a>>,
    pub(super) item_id: Option<Raw<'a>>,
    content_index: Option<Raw<'a>>,
    summary_index: Option<Raw<'a>>,
    pub(super) delta: Option<Raw<'a>>,
    text: Option<Raw<'a>>,
    refusal: Option<Raw<'a>>,
    arguments: Option<Raw<'a>>,
    input: Option<Raw<'a>>,
    pub(super) name: Option<Raw<'a>>,
    pub(super) item: Option<Raw<'a>>,
    pub(super) part: Option<Raw<'a>>,
    pub(super) annotation: Option<Raw<'a>>,
    pub(super) response: Option<Response<'a>>,
    /// It is neither an object nor null, and so no event.
    pub(super) is_other: bool,
}

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventKind {
    /// The response so far.
    Progress,
    ItemAdded,
    ItemDone,
    PartDone,
    Delta(Place),
    Done(Place),
    Annotation,
    /// The end, and the status that it names.
    Terminal(&'static str),
    /// The end in another word, if its response says how it ended.
    Ended,
    Error,
    /// One without a type.
    Unnamed,
    /// One of a type that is not known, which is passed over.
    Other,
}

impl<'a> Event<'a> {
    /// What the event is by its own word.
    pub(super) fn kind(&self) -> EventKind {
        let Some(kind) = self.kind else {
            return EventKind::Unnamed;
        };
        let kind = kind.get().trim_matches('"');
        let word = match kind.strip_prefix("response.") {
            Some(word) => word,
            None if kind == "error" => kind,
            None => return EventKind::Other,
        };
        // First what there is most of.
        if let Some(text) = word.strip_suffix(".delta") {
            return Place::of_event(text).map_or(EventKind::Other, EventKind::Delta);
        }
        match word {
            "completed" => EventKind::Terminal("completed"),
            "incomplete" => EventKind::Terminal("incomplete"),
            "failed" => EventKind::Terminal("failed"),
            "done" | "cancelled" | "canceled" => EventKind::Ended,
            "created" | "in_progress" | "queued" => EventKind::Progress,
            "output_item.added" => EventKind::ItemAdded,
            "output_item.done" => EventKind::ItemDone,
            "output_text.annotation.added" | "output_text_annotation.added" => {
                EventKind::Annotation
            }
            "error" => EventKind::Error,
            "content_part.done" | "reasoning_summary_part.done" => EventKind::PartDone,
            _ => {
                let place = word.strip_suffix(".done").and_then(Place::of_event);
                place.map_or(EventKind::Other, EventKind::Done)
            }
        }
    }

    /// The number of a text at this place.
    pub(super) fn number(&self, place: Place) -> Option<Raw<'a>> {
        match place {
            Place::Summary => self.summary_index,
            Place::Text | Place::Refusal | Place::ReasoningText => self.content_index,
            Place::Arguments | Place::Input => None,
        }
    }

    /// The text that ends at this place.
    pub(super) fn whole_text(&self, place: Place) -> Option<Raw<'a>> {
        match place {
            Place::Text | Place::Summary | Place::ReasoningText => self.text,
            Place::Refusal => self.refusal,
            Place::Arguments => self.arguments,
            Place::Input => self.input,
        }
    }
}

impl<'a> Fields<'a> for Event<'a> {
    fn of_no_object() -> Self {
        Self { is_other: true, ..Self::default() }
    }

    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "type" => self.kind = Some(value.value()?),
            "output_index" => self.output_index = Some(value.value()?),
            "item_id" => self.item_id = Some(value.value()?),
            "content_index" => self.content_index = Some(value.value()?),
            "summary_index" => self.summary_index = Some(value.value()?),
            "delta" => self.delta = Some(value.value()?),
            "text" => self.text = Some(value.value()?),
            "refusal" => self.refusal = Some(value.value()?),
            "arguments" => self.arguments = Some(value.value()?),
            "input" => self.input = Some(value.value()?),
            "name" => self.name = Some(value.value()?),
            "item" => self.item = Some(value.value()?),
            "part" => self.part = Some(value.value()?),
            "annotation" => self.annotation = Some(value.value()?),
            "response" => self.response = Some(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}
