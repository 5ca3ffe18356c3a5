//! One block of content: the object as it came, and what its deltas add to it.
//!
//! The object stays a text, so that it goes back byte for byte; what changes in it is written over its
//! keys when the reply is whole.

use std::borrow::Cow;
use std::ops::Range;

use ek_core::Arguments;
use serde_json::Value;

use super::citations;
use crate::json::fields::Fields;
use crate::json::overlay::{self, Change};
use crate::json::scan::{self, Raw, Scanner, Unreadable};
use crate::json::{scalar, string, write};
use crate::protocol::arguments;
use crate::protocol::object_arguments::{object_of, text_of};

/// What a block is, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Thinking,
    /// A call of a tool that the caller runs.
    Call,
    /// Any other type: kept, and nothing is made of it.
    Other,
    /// No type is known yet: the first delta tells it.
    Unknown,
}

/// A text that comes in pieces, under the key where it will stand.
#[derive(Debug, Clone)]
struct Pieces {
    key: &'static str,
    text: String,
    /// Half of a surrogate pair, whose other half is in the next piece.
    high: Option<u16>,
}

/// A block in the making.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// The object of its beginning.
    start: String,
    /// Where the input stands in it.
    input: Option<Range<usize>>,
    pieces: Vec<Pieces>,
    /// Values that replace those of the object, as JSON.
    replaced: Vec<(String, String)>,
    /// Citations that came one by one, as JSON with commas between them.
    citations: String,
    /// Its end was seen.
    pub(super) is_closed: bool,
    /// There is text in it that is no white space.
    pub(super) has_words: bool,
    /// Nothing stands in it that the flat fields of a reply do not hold.
    pub(super) is_plain: bool,
    pub(super) call: Option<Call>,
    /// The open call under its index that it interrupts: some servers send the text between two calls
    /// under the index of the first.
    pub(super) interrupts: Option<usize>,
}

/// What tells a call, and its number among the calls of the reply.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) number: usize,
}

/// What of an object's keys matters.
#[derive(Default)]
pub(super) struct Start<'a> {
    kind: Option<Raw<'a>>,
    id: Option<Raw<'a>>,
    name: Option<Raw<'a>>,
    text: Option<Raw<'a>>,
    thinking: Option<Raw<'a>>,
    input: Option<Raw<'a>>,
    citations: Option<Raw<'a>>,
    /// How many keys there are.
    keys: usize,
    is_object: bool,
}

impl<'a> Fields<'a> for Start<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        self.is_object = true;
        self.keys += 1;
        let value = Some(value.value()?);
        match key {
            "type" => self.kind = value,
            "id" => self.id = value,
            "name" => self.name = value,
            "text" => self.text = value,
            "thinking" => self.thinking = value,
            "input" => self.input = value,
            "citations" => self.citations = value,
            _ => {}
        }
        Ok(())
    }
}

/// Whether an object is a block of some type.
pub(super) fn is_block(json: &str) -> bool {
    let read = scan::read::<Start<'_>>(json).unwrap_or_default();
    read.kind.and_then(scalar::text).is_some() || read.kind_by_keys() != Kind::Unknown
}

impl Start<'_> {
    fn lacks_thinking(&self) -> bool {
        !self.thinking.is_some_and(|raw| raw.get().starts_with('"'))
    }

    /// What a block without a type is, as gateways write it.
    fn kind_by_keys(&self) -> Kind {
        let is_text = |value: Option<Raw<'_>>| value.is_some_and(|raw| raw.get().starts_with('"'));
        match self {
            _ if is_text(self.text) => Kind::Text,
            _ if is_text(self.thinking) => Kind::Thinking,
            _ if is_text(self.name) && self.input.is_some() => Kind::Call,
            _ => Kind::Unknown,
        }
    }
}

impl Kind {
    /// The type that a block of this kind has, as JSON.
    fn word(self) -> Option<&'static str> {
        match self {
            Self::Text => Some("\"text\""),
            Self::Thinking => Some("\"thinking\""),
            Self::Call => Some("\"tool_use\""),
            Self::Other | Self::Unknown => None,
        }
    }
}

impl Block {
    /// A block that begins with this object, and the text that it shows already.
    pub(super) fn open(start: &str) -> (Self, String) {
        let read = scan::read::<Start<'_>>(start).unwrap_or_default();
        let kind = match read.kind.and_then(scalar::word).as_deref() {
            None => read.kind_by_keys(),
            Some("text") => Kind::Text,
            Some("thinking") => Kind::Thinking,
            Some("tool_use") => Kind::Call,
            Some(_) => Kind::Other,
        };
        let shown = match kind {
            Kind::Text => read.text,
            Kind::Thinking => read.thinking,
            Kind::Call | Kind::Other | Kind::Unknown => None,
        };
        let shown = shown.and_then(scalar::text).unwrap_or_default();
        let own_keys = match kind {
            Kind::Text => [read.kind, read.text, None, None],
            Kind::Call => [read.kind, read.id, read.name, read.input],
            Kind::Thinking | Kind::Other | Kind::Unknown => [None; 4],
        };
        let call = (kind == Kind::Call).then(|| Call {
            id: read.id.and_then(scalar::text),
            name: read.name.and_then(scalar::text),
            number: 0,
        });
        let block = Self {
            kind,
            start: if read.is_object { start.to_owned() } else { "{}".to_owned() },
            input: read.input.map(|input| input.range_in(start)),
            pieces: Vec::new(),
            replaced: match (read.kind.and_then(scalar::word), kind.word()) {
                (None, Some(word)) => vec![("type".to_owned(), word.to_owned())],
                _ => Vec::new(),
            },
            citations: String::new(),
            is_closed: false,
            has_words: !shown.trim().is_empty(),
            is_plain: read.is_object && own_keys.iter().flatten().count() == read.keys,
            call,
            interrupts: None,
        };
        (block, shown)
    }

    /// A block of a mere text.
    pub(super) fn of_text(text: &str) -> (Self, String) {
        Self::open(&format!(r#"{{"type":"text","text":{}}}"#, Value::from(text)))
    }

    /// Whether a delta of this kind continues the block.
    pub(super) fn takes(&self, kind: Kind) -> bool {
        match self.kind {
            Kind::Unknown => true,
            Kind::Other => kind == Kind::Call || !self.is_call(),
            own => own == kind,
        }
    }

    /// Whether it is a call, of the caller's tools or of the server's.
    pub(super) fn is_call(&self) -> bool {
        self.kind == Kind::Call || (self.kind == Kind::Other && self.input.is_some())
    }

    /// Whether it began with this object, is open, and nothing was added to it.
    pub(super) fn has_only_begun(&self, start: &str) -> bool {
        let is_untouched = self.pieces.is_empty() && self.replaced.is_empty();
        !self.is_closed && is_untouched && self.citations.is_empty() && self.start == start
    }

    /// Whether it has this type, and none of those that matter.
    pub(super) fn is_other(&self, kind: &str) -> bool {
        let start = || scan::read::<Start<'_>>(&self.start).unwrap_or_default();
        self.kind == Kind::Other && start().kind.and_then(scalar::word).as_deref() == Some(kind)
    }

    /// Makes a block without a type one of this type.
    pub(super) fn settle_kind(&mut self, kind: Kind) {
        if self.kind != Kind::Unknown {
            return;
        }
        let Some(word) = kind.word() else { return };
        self.kind = kind;
        self.replaced.push(("type".to_owned(), word.to_owned()));
        if kind == Kind::Call {
            let read = scan::read::<Start<'_>>(&self.start).unwrap_or_default();
            let (id, name) = (read.id.and_then(scalar::text), read.name.and_then(scalar::text));
            self.call = Some(Call { id, name, number: 0 });
        }
    }

    /// Takes a piece of the text under this key, and gives back what it adds.
    pub(super) fn push(&mut self, key: &'static str, json: Raw<'_>) -> String {
        let is_text = json.get().starts_with('"');
        if !is_text && (key != "input" || !json.get().starts_with('{')) {
            return String::new();
        }
        let at = self.pieces.iter().position(|pieces| pieces.key == key).unwrap_or_else(|| {
            let text = if key == "input" { String::new() } else { self.text_of_start(key) };
            self.pieces.push(Pieces { key, text, high: None });
            self.pieces.len() - 1
        });
        let pieces = &mut self.pieces[at];
        let mut piece = String::new();
        if is_text {
            string::decode_onto(json.get(), &mut piece, &mut pieces.high);
        } else {
            // An input that is no text but the object itself.
            piece.push_str(json.get());
        }
        pieces.text.push_str(&piece);
        self.has_words |= !piece.trim().is_empty();
        piece
    }

    fn text_of_start(&self, key: &str) -> String {
        let mut text = None;
        let read = scan::entries(&self.start, |found, value| {
            let value = value.value::<Raw<'_>>()?;
            if found == key {
                text = scalar::text(value);
            }
            Ok(())
        });
        read.ok().and(text).unwrap_or_default()
    }

    /// Sets the value of a key, as JSON.
    pub(super) fn replace(&mut self, key: &str, json: &str) {
        self.is_plain = false;
        match self.replaced.iter_mut().find(|(old, _)| old == key) {
            Some((_, value)) => json.clone_into(value),
            None => self.replaced.push((key.to_owned(), json.to_owned())),
        }
    }

    /// Adds a citation, as JSON.
    pub(super) fn cite(&mut self, json: &str) {
        self.is_plain = false;
        if !self.citations.is_empty() {
            self.citations.push(',');
        }
        self.citations.push_str(json);
    }

    /// Gives up the hope of another half, and gives back what stands for it.
    pub(super) fn flush(&mut self) -> Option<(&'static str, String)> {
        self.pieces.iter_mut().find_map(|pieces| {
            let mut rest = String::new();
            string::flush(&mut rest, &mut pieces.high);
            pieces.text.push_str(&rest);
            Some((pieces.key, rest)).filter(|(_, rest)| !rest.is_empty())
        })
    }

    /// The pieces of the input, if there is anything in them.
    fn input_pieces(&self) -> Option<&str> {
        let pieces = self.pieces.iter().find(|pieces| pieces.key == "input")?;
        Some(pieces.text.as_str()).filter(|text| !text.trim().is_empty())
    }

    /// The input that stands in the object itself, as JSON.
    fn input_of_start(&self) -> Option<&str> {
        self.start.get(self.input.clone()?)
    }

    /// The input that stands in the object itself, as text; `None` where pieces replace it.
    pub(super) fn whole_input(&self) -> Option<String> {
        if self.input_pieces().is_some() {
            return None;
        }
        self.input_of_start().and_then(text_of).map(Cow::into_owned)
    }

    /// The arguments of the call that the block is.
    pub(super) fn arguments(&self) -> Arguments {
        let whole = || self.whole_input();
        match self.input_pieces().map(str::to_owned).or_else(whole) {
            Some(text) => arguments::read(text),
            None if self.is_closed => Arguments::from_text(""),
            None => Arguments::invalid(""),
        }
    }

    /// Writes the block as it goes back. `id`: the one of the call, where the client made it up.
    pub(super) fn write(&self, id: Option<&str>, out: &mut Vec<u8>) {
        let mut values = self.values();
        if let Some(id) = id {
            values.push(("id", quoted(id)));
        }
        let changes: Vec<Change<'_>> =
            values.into_iter().map(|(key, json)| (key, Some(json))).collect();
        overlay::write(&self.start, &changes, out);
    }

    /// What is written over the keys of the object.
    fn values(&self) -> Vec<(&str, Vec<u8>)> {
        let mut values: Vec<(&str, Vec<u8>)> = Vec::new();
        let replaced = self.replaced.iter();
        values.extend(replaced.map(|(key, json)| (key.as_str(), json.clone().into_bytes())));
        let texts = self.pieces.iter().filter(|pieces| pieces.key != "input");
        values.extend(texts.map(|pieces| (pieces.key, quoted(&pieces.text))));
        // Thinking that was not shown: the API refuses it without its key.
        let read = || scan::read::<Start<'_>>(&self.start).unwrap_or_default();
        if self.kind == Kind::Thinking && self.pieces.is_empty() && read().lacks_thinking() {
            values.push(("thinking", quoted("")));
        }
        if !self.citations.is_empty() {
            let read = scan::read::<Start<'_>>(&self.start).unwrap_or_default();
            values.push(("citations", citations::extended(read.citations, &self.citations)));
        }
        values.extend(self.input_to_write().map(|json| ("input", json)));
        values
    }

    /// The input as it goes back, where that is not what stands in the object.
    fn input_to_write(&self) -> Option<Vec<u8>> {
        let pieces = self.input_pieces();
        if self.kind != Kind::Call && pieces.is_none() {
            return None;
        }
        let arguments = match pieces {
            Some(text) => arguments::read(text.to_owned()),
            None => self.arguments(),
        };
        let stands = self.input_of_start().is_some_and(|json| json.starts_with('{'));
        let as_it_came = pieces.is_none() && stands && arguments.is_valid();
        (!as_it_came).then(|| object_of(&arguments).into_bytes())
    }
}

fn quoted(text: &str) -> Vec<u8> {
    let mut json = Vec::with_capacity(text.len() + 2);
    write::write(text, &mut json);
    json
}
