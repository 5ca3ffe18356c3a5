//! Finds the JSON in a reply while it comes.
//!
//! The reader of whole replies takes the last JSON that fits. What comes is not known here, so the newest block in
//! braces or brackets counts; it is shown as soon as it cannot be prose.

use super::super::StructuredOptions;
use super::skip::Skip;
use crate::PartialJson;
use crate::partial_json::Taken;
use crate::thoughts::{Tag, end_of_thoughts, may_be_tag, tag};

/// The JSON of one reply, as far as it has come.
pub(super) struct Finder {
    root: Root,
    lenient: bool,
    place: Place,
    /// The newest block. It is being read in [`Place::Block`], and whole in others.
    block: Option<PartialJson>,
    /// What may be the start of a tag.
    unread: String,
    /// Whether nothing but white space has come of the answer.
    at_start: bool,
    /// Whether the current line has a quote or a backtick: a tag after it is mentioned, or part of a text.
    quoted: bool,
}

enum Place {
    Prose,
    /// Within the thoughts that a tag has opened: its place in the list.
    Thoughts(usize),
    /// What may be a block, or prose with a bracket.
    Trial(PartialJson),
    Block,
    /// The rest of a block that is no JSON.
    Broken(Skip),
}

/// What the JSON is, if that is known: brackets in prose then begin nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    Any,
    Object,
    Array,
    Text,
}

impl Finder {
    pub(super) fn new<T>(options: &StructuredOptions<T>, is_wrapped: bool) -> Self {
        let schema = options.schema.as_ref().filter(|_| !is_wrapped);
        let schema = schema.and_then(|schema| schema.schema.to_value().ok());
        let root = match schema.as_ref().and_then(|schema| schema["type"].as_str()) {
            Some("object") => Root::Object,
            Some("array") => Root::Array,
            Some("string") => Root::Text,
            _ => Root::Any,
        };
        Self::of(root, options.lenient)
    }

    fn of(root: Root, lenient: bool) -> Self {
        Self {
            root,
            lenient,
            place: Place::Prose,
            block: None,
            unread: String::new(),
            at_start: true,
            quoted: false,
        }
    }

    /// Begins with another reply.
    pub(super) fn restart(&mut self) {
        *self = Self::of(self.root, self.lenient);
    }

    /// The JSON as far as it has come.
    pub(super) fn json(&self) -> Option<&PartialJson> {
        self.block.as_ref()
    }

    /// Takes the next piece of the reply; true if that changed what is known.
    pub(super) fn push(&mut self, piece: &str) -> bool {
        let mut text = std::mem::take(&mut self.unread);
        text.push_str(piece);
        let (mut at, mut changed) = (0, false);
        while at < text.len() {
            let Some(used) = self.step(&text[at..], &mut changed) else {
                self.unread = text.split_off(at);
                break;
            };
            at += used;
        }
        changed
    }

    /// Reads on; returns how many bytes that were. `None` if more has to come first.
    fn step(&mut self, rest: &str, changed: &mut bool) -> Option<usize> {
        match &mut self.place {
            Place::Thoughts(kind) => match end_of_thoughts(*kind, rest) {
                Ok(end) => {
                    self.begin_answer();
                    Some(end)
                }
                Err(0) => None,
                Err(without) => Some(without),
            },
            Place::Trial(json) => {
                let taken = json.take(rest);
                if json.has_begun() {
                    self.block = Some(std::mem::take(json));
                    self.place = Place::Block;
                    *changed = true;
                }
                Some(self.taken(taken, rest))
            }
            Place::Block => {
                let json = self.block.as_mut()?;
                let before = json.changes();
                let taken = json.take(rest);
                *changed |= json.changes() != before;
                Some(self.taken(taken, rest))
            }
            Place::Prose | Place::Broken(_) => self.prose(rest, changed),
        }
    }

    /// After a part of a block, or of what may be one.
    fn taken(&mut self, taken: Taken, rest: &str) -> usize {
        let used = match taken {
            Taken::All => rest.len(),
            Taken::Whole(used) | Taken::Broken(used) => used,
        };
        self.quoted |= rest[..used].contains('"');
        self.place = match (taken, &self.place, &self.block) {
            (Taken::All, ..) => return used,
            (Taken::Broken(_), Place::Block, Some(json)) => {
                let (depth, in_text, escaped) = json.open();
                Place::Broken(Skip::new(depth, in_text, escaped))
            }
            _ => Place::Prose,
        };
        used
    }

    fn prose(&mut self, rest: &str, changed: &mut bool) -> Option<usize> {
        let sign = rest.chars().next()?;
        if matches!(sign, '<' | '[' | '◁') && !self.quoted {
            match tag(rest) {
                Some((kind, Tag::Open(len))) => {
                    self.place = Place::Thoughts(kind);
                    return Some(len);
                }
                // Thoughts that began in the prompt: a block in them is a draft.
                Some((_, Tag::Close(len))) => {
                    *changed |= self.block.take().is_some();
                    self.begin_answer();
                    return Some(len);
                }
                None if may_be_tag(rest) => return None,
                None => {}
            }
        }
        if let Place::Broken(skip) = &mut self.place {
            if skip.ends_with(sign) {
                self.place = Place::Prose;
            }
        } else if self.begins(sign) {
            let json = if self.lenient { PartialJson::lenient() } else { PartialJson::new() };
            self.place = Place::Trial(json);
            self.at_start = false;
            return Some(0);
        }
        let is_space = sign.is_whitespace() || sign == '\u{feff}';
        self.at_start &= is_space;
        match sign {
            '\n' => self.quoted = false,
            '"' | '`' => self.quoted = true,
            _ => {}
        }
        Some(sign.len_utf8())
    }

    /// Whether JSON may begin with this sign. Texts do so only at the start, since prose has quotes.
    fn begins(&self, sign: char) -> bool {
        match sign {
            '{' => matches!(self.root, Root::Any | Root::Object),
            '[' => matches!(self.root, Root::Any | Root::Array),
            '"' => self.at_start && matches!(self.root, Root::Any | Root::Text),
            _ => false,
        }
    }

    fn begin_answer(&mut self) {
        self.place = Place::Prose;
        (self.at_start, self.quoted) = (true, false);
    }
}
