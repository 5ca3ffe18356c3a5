//! One item of a stream in the making: the object as it was announced, and what its deltas add to it.
//!
//! The object of the item's end replaces all of it. Only where that never comes is an item put together
//! from its deltas.

use std::borrow::Cow;

use super::item::{Item, Kind};
use crate::json::object::Object;
use crate::json::overlay::{self, Change};
use crate::json::scan::Raw;
use crate::json::{scalar, string, write};

/// A text that comes in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Text,
    Refusal,
    Summary,
    ReasoningText,
    Arguments,
    Input,
}

impl Place {
    /// The items that have such a text.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Text | Self::Refusal => Kind::Message,
            Self::Summary | Self::ReasoningText => Kind::Reasoning,
            Self::Arguments => Kind::Call,
            Self::Input => Kind::CustomCall,
        }
    }

    /// The place of the text that an event of this name is about.
    pub(super) fn of_event(name: &str) -> Option<Self> {
        match name {
            "output_text" => Some(Self::Text),
            "refusal" => Some(Self::Refusal),
            // The shorter names are older ones, whose deltas are objects.
            "reasoning_summary_text" | "reasoning_summary" => Some(Self::Summary),
            "reasoning_text" | "reasoning" => Some(Self::ReasoningText),
            "function_call_arguments" => Some(Self::Arguments),
            "custom_tool_call_input" => Some(Self::Input),
            _ => None,
        }
    }

    /// The place of a part of this type.
    pub(super) fn of_part(kind: &str) -> Option<Self> {
        match kind {
            "output_text" => Some(Self::Text),
            "refusal" => Some(Self::Refusal),
            "summary_text" => Some(Self::Summary),
            "reasoning_text" => Some(Self::ReasoningText),
            _ => None,
        }
    }

    /// Writes a part that holds this text, and annotations where such a part has some.
    fn write_part(self, text: &str, annotations: &str, out: &mut Vec<u8>) {
        let (kind, key) = match self {
            Self::Refusal => ("refusal", "refusal"),
            Self::Summary => ("summary_text", "text"),
            Self::ReasoningText => ("reasoning_text", "text"),
            Self::Text | Self::Arguments | Self::Input => ("output_text", "text"),
        };
        let mut part = Object::begin(out);
        part.text("type", kind);
        if self == Self::Text {
            let list = part.key("annotations");
            list.push(b'[');
            list.extend_from_slice(annotations.as_bytes());
            list.push(b']');
        }
        part.text(key, text);
        part.end();
    }
}

/// One text of an item, under its place and its number there.
#[derive(Debug)]
struct Piece {
    place: Place,
    number: u64,
    text: String,
    /// Half of a surrogate pair, whose other half is in the next delta.
    high: Option<u16>,
    /// Its end has come.
    is_ended: bool,
    /// The part as its end has it.
    part: Option<String>,
    /// Annotations that came one by one, as JSON with commas between them.
    annotations: String,
}

impl Piece {
    fn at(place: Place, number: u64) -> Self {
        let (text, annotations) = (String::new(), String::new());
        Self { place, number, text, high: None, is_ended: false, part: None, annotations }
    }
}

/// An item in the making.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// Where it stands among the items.
    pub(super) index: u64,
    pub(super) kind: Option<Kind>,
    /// The newest object that came for the item; empty if none did.
    object: String,
    /// The id of the item, and that of its call.
    ids: [Option<String>; 2],
    pub(super) is_done: bool,
    /// Nothing stands in the object where its texts are due.
    is_bare: bool,
    pub(super) is_commentary: bool,
    /// The call is one that the server has run.
    pub(super) is_hosted: bool,
    pieces: Vec<Piece>,
    /// Which of the two texts of a reasoning is shown: the one that came first.
    shown_reasoning: Option<Place>,
    /// The name of a call that stands in no object.
    name: Option<String>,
    pub(super) call: Option<Announced>,
    /// How many bytes it keeps.
    pub(super) held: usize,
}

/// What was said of a call so far, and its number among the calls of the reply.
#[derive(Debug, Clone, Copy)]
pub(super) struct Announced {
    pub(super) number: usize,
    pub(super) id: bool,
    pub(super) name: bool,
}

impl Slot {
    pub(super) fn at(index: u64, kind: Option<Kind>) -> Self {
        Self { index, kind, ..Self::default() }
    }

    /// Whether a text of such an item belongs here.
    pub(super) fn takes(&self, kind: Kind) -> bool {
        self.kind.is_none_or(|own| own == kind)
    }

    pub(super) fn item(&self) -> Item<'_> {
        Item::read(&self.object)
    }

    pub(super) fn name(&self) -> Option<String> {
        self.item().name().or_else(|| self.name.clone())
    }

    pub(super) fn set_name(&mut self, name: Option<String>) {
        self.name = name.or(self.name.take());
    }

    /// Takes the item as it is announced.
    pub(super) fn announce(&mut self, object: &str) {
        object.clone_into(&mut self.object);
        let item = self.item();
        let (kind, is_commentary, is_bare) = (item.kind(), item.is_commentary(), item.is_bare());
        let ids = [item.id, item.call_id].map(|id| id.and_then(scalar::text));
        self.kind = Some(kind);
        self.ids = ids;
        self.is_commentary = is_commentary;
        self.is_bare = is_bare;
    }

    /// Takes the item as its end has it: the deltas are not needed any more, unless it has no text where
    /// they had one.
    pub(super) fn complete(&mut self, object: &str, is_bare: bool) {
        if is_bare && self.has_pieces() {
            let mut json = Vec::new();
            overlay::write(object, &self.changes(), &mut json);
            self.announce(&String::from_utf8(json).unwrap_or_default());
        } else {
            self.announce(object);
        }
        self.is_done = true;
        self.pieces = Vec::new();
    }

    fn has_pieces(&self) -> bool {
        self.pieces.iter().any(|piece| !piece.text.is_empty())
    }

    /// What it is called by: its own id and that of its call.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().flatten().map(String::as_str)
    }

    /// Whether it is a call that the caller has to run.
    pub(super) fn is_call(&self) -> bool {
        self.kind.is_some_and(Kind::is_call) && !self.is_hosted
    }

    /// Whether there is a text in it, in its object or in pieces.
    pub(super) fn says_something(&self) -> bool {
        (!self.object.is_empty() && !self.is_bare) || self.has_pieces()
    }

    /// How many texts it has.
    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// The text under this number. Where no more are kept, a new one goes on with the last at its place.
    fn piece(&mut self, place: Place, number: u64, is_full: bool) -> &mut Piece {
        let is_own = |piece: &Piece| piece.place == place && piece.number == number;
        let mut at = self.pieces.iter().rposition(is_own);
        if at.is_none() && is_full {
            at = self.pieces.iter().rposition(|piece| piece.place == place);
        }
        let at = at.unwrap_or_else(|| {
            self.pieces.push(Piece::at(place, number));
            self.pieces.len() - 1
        });
        &mut self.pieces[at]
    }

    /// Adds an annotation to a text, as JSON.
    pub(super) fn annotate(&mut self, number: u64, json: &str) {
        let is_own = |piece: &&mut Piece| piece.place == Place::Text && piece.number == number;
        let Some(piece) = self.pieces.iter_mut().rfind(is_own) else { return };
        if !piece.annotations.is_empty() {
            piece.annotations.push(',');
        }
        piece.annotations.push_str(json);
    }

    /// Joins the texts at a place that have no end yet and say together what the end of one of them says:
    /// some servers count each delta as a part of its own.
    fn join(&mut self, place: Place, number: u64, text: &str) {
        let is_other = |piece: &&Piece| piece.place == place && piece.number != number;
        let mut others = self.pieces.iter().filter(is_other).peekable();
        let is_open = others.peek().is_some() && others.all(|piece| !piece.is_ended);
        if !is_open || text.is_empty() || self.text(place) != text {
            return;
        }
        let annotations = self.at_places(&[place]).into_iter().map(|piece| &piece.annotations);
        let annotations: Vec<&str> =
            annotations.filter(|list| !list.is_empty()).map(String::as_str).collect();
        let annotations = annotations.join(",");
        self.pieces.retain(|piece| piece.place != place);
        self.pieces.push(Piece { text: text.to_owned(), annotations, ..Piece::at(place, number) });
    }

    /// Whether a text at this place is shown.
    fn shows(&mut self, place: Place) -> bool {
        match place {
            Place::Summary | Place::ReasoningText => {
                *self.shown_reasoning.get_or_insert(place) == place
            }
            _ => !self.is_commentary,
        }
    }

    /// Takes a delta, and gives back what is shown of it.
    pub(super) fn push(
        &mut self,
        (place, number): (Place, u64),
        json: &str,
        is_full: bool,
    ) -> String {
        self.kind.get_or_insert(place.kind());
        let piece = self.piece(place, number, is_full);
        let mut added = String::new();
        string::decode_onto(json, &mut added, &mut piece.high);
        piece.text.push_str(&added);
        if self.shows(place) { added } else { String::new() }
    }

    /// Takes a text as its end has it, and gives back what the deltas did not show of it.
    pub(super) fn settle(
        &mut self,
        (place, number): (Place, u64),
        text: String,
        part: Option<Raw<'_>>,
        is_full: bool,
    ) -> String {
        self.kind.get_or_insert(place.kind());
        self.join(place, number, &text);
        let piece = self.piece(place, number, is_full);
        if let Some(part) = part {
            piece.part = Some(part.get().to_owned());
        }
        piece.high = None;
        piece.is_ended = true;
        let rest = text.strip_prefix(piece.text.as_str()).unwrap_or_default().to_owned();
        piece.text = text;
        if self.shows(place) { rest } else { String::new() }
    }

    /// Gives up the hope of the other half of a surrogate pair, and gives back what stands for it.
    pub(super) fn flush(&mut self) -> Vec<(Place, String)> {
        let mut rests = Vec::new();
        for piece in &mut self.pieces {
            let mut rest = String::new();
            string::flush(&mut rest, &mut piece.high);
            if !rest.is_empty() {
                piece.text.push_str(&rest);
                rests.push((piece.place, rest));
            }
        }
        rests.retain(|(place, _)| self.shows(*place));
        rests
    }

    /// The texts at these places in order.
    fn at_places(&self, places: &[Place]) -> Vec<&Piece> {
        let mut pieces: Vec<&Piece> =
            self.pieces.iter().filter(|piece| places.contains(&piece.place)).collect();
        pieces.sort_by_key(|piece| piece.number);
        pieces
    }

    /// The text at this place so far.
    pub(super) fn text(&self, place: Place) -> String {
        self.at_places(&[place]).iter().map(|piece| piece.text.as_str()).collect()
    }

    /// The reasoning that was shown so far.
    pub(super) fn reasoning(&self) -> String {
        self.shown_reasoning.map(|place| self.text(place)).unwrap_or_default()
    }

    /// The item, put together from its deltas unless its end has come; `None` if nothing is known of it.
    pub(super) fn json(&self) -> Option<Cow<'_, str>> {
        if self.is_done || (self.pieces.is_empty() && self.name.is_none()) {
            return Some(self.object.as_str()).filter(|json| !json.is_empty()).map(Cow::Borrowed);
        }
        let base = match (self.object.as_str(), self.kind?) {
            ("", Kind::Message) => r#"{"type":"message","role":"assistant"}"#,
            ("", Kind::Reasoning) => r#"{"type":"reasoning"}"#,
            ("", Kind::Call) => r#"{"type":"function_call"}"#,
            ("", Kind::CustomCall) => r#"{"type":"custom_tool_call"}"#,
            (object, _) => object,
        };
        let mut json = Vec::new();
        overlay::write(base, &self.changes(), &mut json);
        String::from_utf8(json).ok().map(Cow::Owned)
    }

    fn changes(&self) -> Vec<Change<'static>> {
        let mut changes: Vec<Change<'static>> = Vec::new();
        if let (Some(name), None) = (&self.name, self.item().name()) {
            changes.push(("name", Some(quoted(name))));
        }
        let lists: [(&str, &[Place]); 3] = [
            ("content", &[Place::Text, Place::Refusal]),
            ("summary", &[Place::Summary]),
            ("content", &[Place::ReasoningText]),
        ];
        for (key, places) in lists {
            let pieces = self.at_places(places);
            if !pieces.is_empty() {
                changes.push((key, Some(parts(&pieces))));
            }
        }
        for (key, place) in [("arguments", Place::Arguments), ("input", Place::Input)] {
            if !self.at_places(&[place]).is_empty() {
                changes.push((key, Some(quoted(&self.text(place)))));
            }
        }
        changes
    }
}

fn parts(pieces: &[&Piece]) -> Vec<u8> {
    let mut json = vec![b'['];
    for piece in pieces {
        if json.len() > 1 {
            json.push(b',');
        }
        match &piece.part {
            Some(part) => json.extend_from_slice(part.as_bytes()),
            None => piece.place.write_part(&piece.text, &piece.annotations, &mut json),
        }
    }
    json.push(b']');
    json
}

fn quoted(text: &str) -> Vec<u8> {
    let mut json = Vec::with_capacity(text.len() + 2);
    write::write(text, &mut json);
    json
}
