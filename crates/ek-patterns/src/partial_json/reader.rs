//! The JSON reader that can stop anywhere: what is open, and what may come next.
//!
//! A container belongs to its level until it is closed, and moves into the one around it then. So each byte is
//! read once, and nothing is looked up.

use ek_core::MAX_JSON_VALUES;
use serde_json::{Map, Value};

use super::scalar::{Scalar, Step};
use super::text::{Read, Text};
use super::{MAX_DEPTH, is_space};

/// An array or an object that is open.
#[derive(Clone)]
enum Level {
    Array(Vec<Value>),
    /// The members, and the name of the one that comes.
    Object(Map<String, Value>, String),
}

/// What may come next.
#[derive(Clone, Default)]
enum Next {
    #[default]
    Value,
    /// A value, or the end of its array.
    ValueOrEnd,
    Name,
    /// A name, or the end of its object.
    NameOrEnd,
    Colon,
    /// A comma, or the end of the level.
    CommaOrEnd,
    InName(Text),
    InText(Text),
    InScalar(Scalar),
    /// Nothing: the value is whole.
    Nothing,
}

/// How far a piece was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// To its end.
    All,
    /// To the end of the value, after this number of bytes.
    Whole(usize),
    /// To this place, at which the text is no JSON.
    Broken(usize),
}

#[derive(Clone, Default)]
pub(super) struct Reader {
    levels: Vec<Level>,
    next: Next,
    /// The value, once it is whole.
    root: Option<Value>,
    values: usize,
    changes: u64,
    fault: &'static str,
    lenient: bool,
}

type Fault = &'static str;

impl Reader {
    pub(super) fn lenient() -> Self {
        Self { lenient: true, ..Self::default() }
    }

    /// Reads on. To be called no more once it was broken.
    pub(super) fn take(&mut self, piece: &str) -> Taken {
        let mut at = 0;
        while at < piece.len() {
            if matches!(self.next, Next::Nothing) {
                return Taken::Whole(at);
            }
            match self.step(&piece[at..]) {
                Ok(used) => at += used,
                Err((used, fault)) => {
                    self.fault = fault;
                    return Taken::Broken(at + used);
                }
            }
        }
        match self.next {
            Next::Nothing => Taken::Whole(at),
            _ => Taken::All,
        }
    }

    /// Reads one sign, or the rest of a text; returns how many bytes that were. A sign that ends a number is read
    /// again.
    fn step(&mut self, rest: &str) -> Result<usize, (usize, Fault)> {
        let Some(sign) = rest.chars().next() else { return Ok(0) };
        let here = |fault| (0, fault);
        match &mut self.next {
            Next::InText(text) | Next::InName(text) => {
                let known = text.known.len();
                let read = text.take(rest, self.lenient)?;
                let grown = text.known.len() > known;
                let Read::Ended(used) = read else {
                    self.changes += u64::from(grown && matches!(self.next, Next::InText(_)));
                    return Ok(rest.len());
                };
                let known = std::mem::take(&mut text.known);
                match &self.next {
                    Next::InName(_) => self.named(known),
                    _ => {
                        self.changes += u64::from(grown);
                        self.place(Value::String(known));
                    }
                }
                return Ok(used);
            }
            Next::InScalar(scalar) => match scalar.take(sign).map_err(here)? {
                Step::More => {}
                Step::Word(value) => self.add(value),
                Step::Over => {
                    let number = scalar.end().map_err(here)?;
                    self.add(number);
                    return Ok(0);
                }
            },
            _ if sign.is_ascii() && is_space(sign as u8) => {}
            Next::Value | Next::ValueOrEnd if sign != ']' => self.begin(sign).map_err(here)?,
            Next::Name | Next::NameOrEnd if sign == '"' => {
                self.next = Next::InName(Text::default());
            }
            Next::Colon if sign == ':' => self.next = Next::Value,
            Next::CommaOrEnd if sign == ',' => self.comma().map_err(here)?,
            _ if matches!(sign, ']' | '}') => self.close(sign).map_err(here)?,
            Next::Name | Next::NameOrEnd => return Err(here("no name in quotes")),
            Next::Colon => return Err(here("no colon after a name")),
            _ => return Err(here("no comma between two values")),
        }
        Ok(sign.len_utf8())
    }

    /// A value begins.
    fn begin(&mut self, sign: char) -> Result<(), Fault> {
        self.values += 1;
        if self.values > MAX_JSON_VALUES {
            return Err("too many values");
        }
        if matches!(sign, '[' | '{') && self.levels.len() == MAX_DEPTH {
            return Err("too deep a nesting");
        }
        match sign {
            '[' => {
                self.levels.push(Level::Array(Vec::new()));
                self.next = Next::ValueOrEnd;
            }
            '{' => {
                self.levels.push(Level::Object(Map::new(), String::new()));
                self.next = Next::NameOrEnd;
            }
            '"' => self.next = Next::InText(Text::default()),
            _ => {
                let mut scalar = Scalar::default();
                scalar.take(sign)?;
                self.next = Next::InScalar(scalar);
                return Ok(());
            }
        }
        self.changes += 1;
        Ok(())
    }

    fn named(&mut self, name: String) {
        if let Some(Level::Object(_, next)) = self.levels.last_mut() {
            *next = name;
        }
        self.next = Next::Colon;
    }

    fn comma(&mut self) -> Result<(), Fault> {
        self.next = match (self.levels.last(), self.lenient) {
            (Some(Level::Array(_)), false) => Next::Value,
            (Some(Level::Array(_)), true) => Next::ValueOrEnd,
            (Some(Level::Object(..)), false) => Next::Name,
            (Some(Level::Object(..)), true) => Next::NameOrEnd,
            (None, _) => return Err("text after its end"),
        };
        Ok(())
    }

    fn close(&mut self, sign: char) -> Result<(), Fault> {
        const WRONG: Fault = "a closing sign that closes nothing";
        match (&self.next, self.levels.last(), sign) {
            (Next::ValueOrEnd | Next::CommaOrEnd, Some(Level::Array(_)), ']')
            | (Next::NameOrEnd | Next::CommaOrEnd, Some(Level::Object(..)), '}') => {}
            _ => return Err(WRONG),
        }
        let value = match self.levels.pop().ok_or(WRONG)? {
            Level::Array(items) => Value::Array(items),
            Level::Object(members, _) => Value::Object(members),
        };
        self.place(value);
        Ok(())
    }

    /// A word or a number, which was not shown before.
    fn add(&mut self, value: Value) {
        self.changes += 1;
        self.place(value);
    }

    /// Puts a whole value where it belongs.
    fn place(&mut self, value: Value) {
        self.next = Next::CommaOrEnd;
        match self.levels.last_mut() {
            Some(level) => level.insert(value),
            None => {
                self.root = Some(value);
                self.next = Next::Nothing;
            }
        }
    }

    /// The value, after the last piece.
    pub(super) fn end(&mut self) -> Result<Value, Fault> {
        if let Next::InScalar(scalar) = &self.next
            && self.levels.is_empty()
        {
            return scalar.end();
        }
        self.root.take().ok_or("its end is missing")
    }

    /// What is known so far; `with_open_text` says whether a text that is open counts.
    pub(super) fn value(&self, with_open_text: bool) -> Option<Value> {
        let mut value = match &self.next {
            Next::InText(text) if with_open_text => Some(Value::String(text.known.clone())),
            _ => self.root.clone(),
        };
        for level in self.levels.iter().rev() {
            let mut level = level.clone();
            if let Some(inner) = value.take() {
                level.insert(inner);
            }
            value = Some(match level {
                Level::Array(items) => Value::Array(items),
                Level::Object(members, _) => Value::Object(members),
            });
        }
        value
    }

    pub(super) fn is_in_text(&self) -> bool {
        matches!(self.next, Next::InText(_))
    }

    pub(super) fn open(&self) -> (usize, bool, bool) {
        let (in_text, escaped) = match &self.next {
            Next::InText(text) | Next::InName(text) => (true, text.is_after_backslash()),
            _ => (false, false),
        };
        (self.levels.len(), in_text, escaped)
    }

    pub(super) fn is_whole(&self) -> bool {
        matches!(self.next, Next::Nothing)
    }

    pub(super) fn has_begun(&self) -> bool {
        let is_empty = |level: &Level| match level {
            Level::Array(items) => items.is_empty(),
            Level::Object(members, _) => members.is_empty(),
        };
        self.is_whole()
            || self.is_in_text()
            || self.levels.len() > 1
            || self.levels.first().is_some_and(|level| !is_empty(level))
    }

    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    pub(super) fn fault(&self) -> Fault {
        self.fault
    }
}

impl Level {
    fn insert(&mut self, value: Value) {
        match self {
            Self::Array(items) => items.push(value),
            Self::Object(members, name) => {
                members.insert(std::mem::take(name), value);
            }
        }
    }
}
