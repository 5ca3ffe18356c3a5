//! The events of a streamed reply: the response, its items in pieces, and the response once more at the
//! end.

use ek_core::{Error, LlmResponse};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::super::{Broken, Call, Streamed};
use super::items;
use super::reply::{self, Stage};
use crate::reply::pieces::cut;
use crate::wire::dialect::object::Object;
use crate::wire::dialect::pieces::{self, Pieces};
use crate::wire::dialect::{json, openai_error};
use crate::wire::frames::{Frames, named_event};

/// The frames of a reply.
pub(super) fn frames(streamed: Streamed<'_>, call: Call<'_>) -> Frames {
    let whole = streamed.whole;
    let mut items = Items { characters: streamed.characters, ..Items::default() };
    items.begin(whole, call);
    match items::of_turn(whole) {
        Some(turn) => turn.iter().for_each(|item| items.item(item)),
        None => {
            items::said(whole, call).iter().for_each(|item| items.item(item));
            items.calls(streamed, call);
        }
    }
    let stage = Stage::whole(whole, call);
    let kind = match stage.status {
        Some("completed") | None => "response.completed",
        Some("failed") => "response.failed",
        Some(_) => "response.incomplete",
    };
    let tail = vec![items.of_response(kind, whole, call, stage)];
    Frames::new(items.pieces.done(), tail)
}

/// How a stream ends that fails: with the error, and with the response, which says the same once more.
pub(super) fn failed(error: &Error, broken: Broken<'_>) -> Vec<u8> {
    let Broken { whole, call, sent } = broken;
    // Events end with an empty line, and no JSON has one in it.
    let events = sent.windows(2).filter(|pair| *pair == b"\n\n").count();
    let mut items = Items { events, ..Items::default() };
    if events == 0 {
        items.begin(whole, call);
    }
    let said = items.event("error", openai_error::in_object(error));
    items.pieces.before(said);
    let failure = Object::new().with("code", openai_error::code_or_type(error));
    let failure = failure.with("message", error.to_string());
    let stage = Stage { status: Some("failed"), error: Some(failure), ..Stage::default() };
    let ends = items.of_response("response.failed", whole, call, stage);
    items.pieces.before(ends);
    items.pieces.done().concat()
}

/// An item that has begun.
struct Open {
    index: usize,
    id: String,
    item: Box<RawValue>,
    is_custom: bool,
}

/// The items of a stream in the making.
#[derive(Default)]
struct Items {
    pieces: Pieces,
    /// The number of events so far.
    events: usize,
    /// The number of items so far.
    count: usize,
    /// The length of a piece of text.
    characters: usize,
}

/// Where the texts of an item stand: the key of its parts, the key of the text in a part, the types of the
/// parts, and the names of the part's events and of the text's.
struct Place {
    parts: &'static str,
    part: &'static str,
    key: &'static str,
    index: &'static str,
    part_events: &'static str,
    text_events: &'static str,
}

const PLACES: [Place; 4] = [
    Place {
        parts: "content",
        part: "output_text",
        key: "text",
        index: "content_index",
        part_events: "content_part",
        text_events: "output_text",
    },
    Place {
        parts: "content",
        part: "refusal",
        key: "refusal",
        index: "content_index",
        part_events: "content_part",
        text_events: "refusal",
    },
    Place {
        parts: "summary",
        part: "summary_text",
        key: "text",
        index: "summary_index",
        part_events: "reasoning_summary_part",
        text_events: "reasoning_summary_text",
    },
    Place {
        parts: "content",
        part: "reasoning_text",
        key: "text",
        index: "content_index",
        part_events: "content_part",
        text_events: "reasoning_text",
    },
];

impl Items {
    fn event(&mut self, kind: &str, brings: Object) -> Vec<u8> {
        let event = Object::new().with("type", kind).with("sequence_number", self.events);
        self.events += 1;
        named_event(kind, &json::bytes(&event.and(brings)))
    }

    fn of_response(
        &mut self,
        kind: &str,
        whole: &LlmResponse,
        call: Call<'_>,
        stage: Stage<'_>,
    ) -> Vec<u8> {
        self.event(kind, Object::new().with("response", reply::at(whole, call, stage)))
    }

    /// Begins the response: nothing of it is there yet.
    fn begin(&mut self, whole: &LlmResponse, call: Call<'_>) {
        for kind in ["response.created", "response.in_progress"] {
            let stage = Stage { status: Some("in_progress"), ..Stage::default() };
            let event = self.of_response(kind, whole, call, stage);
            self.pieces.before(event);
        }
    }

    fn of_text(&mut self, kind: &str, open: &Open, brings: Value) -> Vec<u8> {
        let brings = match brings {
            Value::Object(brings) => brings,
            _ => Map::new(),
        };
        let text = Object::new().with("item_id", &open.id).with("output_index", open.index);
        self.event(kind, text.with_all(brings))
    }

    /// Begins an item: without its texts, and under way.
    fn open(&mut self, item: &RawValue) -> (Open, Map<String, Value>) {
        let whole: Map<String, Value> = serde_json::from_str(item.get()).unwrap_or_default();
        let mut begun = whole.clone();
        for (key, value) in &mut begun {
            match (key.as_str(), &value) {
                ("content" | "summary", Value::Array(_)) => *value = json!([]),
                ("arguments" | "input", Value::String(_)) => *value = json!(""),
                ("status", _) => *value = json!("in_progress"),
                _ => {}
            }
        }
        let index = self.count;
        self.count += 1;
        let added = Object::new().with("output_index", index).with("item", begun);
        let event = self.event("response.output_item.added", added);
        self.pieces.before(event);
        let is_custom = whole.get("type").is_some_and(|kind| kind == "custom_tool_call");
        let id = json::text_of(&whole, "id");
        (Open { index, id, item: item.to_owned(), is_custom }, whole)
    }

    fn close(&mut self, open: &Open) {
        let done = Object::new().with("output_index", open.index).with("item", &open.item);
        let event = self.event("response.output_item.done", done);
        self.pieces.behind(event);
    }

    /// An item with its texts in pieces. What has no texts comes whole at its end.
    fn item(&mut self, item: &RawValue) {
        let (open, whole) = self.open(item);
        for (key, value) in &whole {
            let parts = value.as_array().filter(|_| ["content", "summary"].contains(&key.as_str()));
            for (number, part) in parts.into_iter().flatten().enumerate() {
                let is_it = |place: &&Place| {
                    place.parts == key && part.get("type").is_some_and(|kind| kind == place.part)
                };
                if let Some(place) = PLACES.iter().find(is_it) {
                    self.part(&open, place, number, part);
                }
            }
        }
        let handed = if open.is_custom { "input" } else { "arguments" };
        if let Some(text) = whole.get(handed).and_then(Value::as_str) {
            self.handed(&open, "");
            for piece in cut(text, self.characters) {
                self.handed(&open, piece);
            }
            self.handed_over(&open, text);
        }
        self.close(&open);
    }

    fn part(&mut self, open: &Open, place: &Place, number: usize, part: &Value) {
        let text = part.get(place.key).and_then(Value::as_str).unwrap_or_default();
        let mut begun = part.clone();
        begun[place.key] = "".into();
        let name = |end| format!("response.{}.{end}", place.part_events);
        let begins =
            self.of_text(&name("added"), open, json!({(place.index): number, "part": begun}));
        self.pieces.before(begins);
        let name_of_text = |end| format!("response.{}.{end}", place.text_events);
        let brings = |key: &str, text: &str| {
            let mut brings = json!({(place.index): number, (key): text});
            if place.part == "output_text" {
                brings["logprobs"] = json!([]);
            }
            brings
        };
        for piece in cut(text, self.characters) {
            let event = self.of_text(&name_of_text("delta"), open, brings("delta", piece));
            self.pieces.piece(event);
        }
        let event = self.of_text(&name_of_text("done"), open, brings(place.key, text));
        self.pieces.behind(event);
        let ends = self.of_text(&name("done"), open, json!({(place.index): number, "part": part}));
        self.pieces.behind(ends);
    }

    fn handed(&mut self, open: &Open, delta: &str) {
        let kind =
            if open.is_custom { "custom_tool_call_input" } else { "function_call_arguments" };
        let event = self.of_text(&format!("response.{kind}.delta"), open, json!({"delta": delta}));
        self.pieces.piece(event);
    }

    fn handed_over(&mut self, open: &Open, text: &str) {
        let (kind, key) = match open.is_custom {
            true => ("custom_tool_call_input", "input"),
            false => ("function_call_arguments", "arguments"),
        };
        let event = self.of_text(&format!("response.{kind}.done"), open, json!({(key): text}));
        self.pieces.behind(event);
    }

    /// The calls. They begin in their order, so one may begin before its first piece.
    fn calls(&mut self, streamed: Streamed<'_>, call: Call<'_>) {
        let mut opened: Vec<Open> = Vec::new();
        for piece in pieces::of_calls(streamed) {
            while opened.len() <= piece.place {
                let Some(item) = items::of_call(streamed.whole, call, opened.len()) else { return };
                opened.push(self.open(&item).0);
            }
            let open = &opened[piece.place];
            self.handed(open, &piece.arguments);
            if piece.is_last {
                let text = streamed.whole.tool_calls[piece.place].arguments.as_str();
                self.handed_over(open, text);
                self.close(open);
            }
        }
    }
}
