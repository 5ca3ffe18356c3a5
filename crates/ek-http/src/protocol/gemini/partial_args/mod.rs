//! The arguments of a call that come in pieces, each under a JSON path such as `$.stops[0].port`.
//!
//! A text is appended to the one under its path, any other value is set. The keys keep the order in which
//! they came.

mod path;

use std::collections::HashMap;

use crate::json::fields::Fields;
use crate::json::scan::{self, Raw, Scanner, Unreadable};
use crate::json::{string, write};
use path::Step;

/// What a value weighs besides its text, in bytes.
const NODE_BYTES: usize = 256;

/// How many items of a list one path may make: those before its own that have not come are null.
const MAX_NEW_ITEMS: usize = 64;

/// The arguments so far.
#[derive(Debug, Default)]
pub(super) struct PartialArgs(Node);

/// A value in the making.
#[derive(Debug)]
enum Node {
    /// JSON that is set at once.
    Json(String),
    /// A text that grows, and half of a surrogate pair at its end.
    Text(String, Option<u16>),
    List(Vec<Self>),
    Object(Object),
}

impl Default for Node {
    fn default() -> Self {
        Self::Json("null".to_owned())
    }
}

#[derive(Debug, Default)]
struct Object {
    entries: Vec<(String, Node)>,
    /// The place of each key in the entries.
    places: HashMap<String, usize>,
}

impl Object {
    /// The place of a key among the entries, which gets one if it has none.
    fn place(&mut self, key: String) -> usize {
        *self.places.entry(key).or_insert_with_key(|key| {
            self.entries.push((key.clone(), Node::default()));
            self.entries.len() - 1
        })
    }
}

impl PartialArgs {
    /// The arguments that a call begins with, which are an object or none.
    pub(super) fn of(whole: Option<Raw<'_>>) -> Self {
        let mut object = Object::default();
        if let Some(whole) = whole.filter(|raw| raw.get().starts_with('{')) {
            let read = scan::entries(whole.get(), |key, value| {
                let value: Raw<'_> = value.value()?;
                let place = object.place(key.to_owned());
                object.entries[place].1 = Node::Json(value.get().to_owned());
                Ok(())
            });
            debug_assert!(read.is_ok(), "it was read before");
        }
        Self(Node::Object(object))
    }

    /// Takes a list of pieces. Gives back how many bytes are kept of it.
    ///
    /// # Errors
    /// For a path that cannot be read or leads further than paths do.
    pub(super) fn take(&mut self, pieces: Raw<'_>) -> Result<usize, Unreadable> {
        let json = pieces.get();
        if !json.starts_with('[') {
            return self.take_piece(&scan::read(json)?, json.len());
        }
        let mut kept = 0;
        scan::items(json, |value| {
            let (piece, raw) = value.with_text()?;
            kept += self.take_piece(&piece, raw.get().len())?;
            Ok(())
        })?;
        Ok(kept)
    }

    /// Takes one piece of this length.
    fn take_piece(&mut self, piece: &Piece<'_>, length: usize) -> Result<usize, Unreadable> {
        let mut kept = length;
        let Some((value, is_text)) = piece.value else { return Ok(kept) };
        let steps = path::read(&string::read(piece.path.ok_or(Unreadable)?.get()))?;
        let mut node = &mut self.0;
        for step in steps {
            let (next, made) = node.at(step)?;
            kept += NODE_BYTES * made;
            node = next;
        }
        if !is_text {
            *node = Node::Json(value.get().to_owned());
            return Ok(kept);
        }
        if !matches!(node, Node::Text(..)) {
            *node = Node::Text(String::new(), None);
        }
        if let Node::Text(text, high) = node {
            string::decode_onto(value.get(), text, high);
        }
        Ok(kept)
    }

    /// The arguments as JSON.
    pub(super) fn json(&self) -> String {
        let mut out = Vec::new();
        self.0.write(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }
}

impl Node {
    /// The value at a step from here, and how many values are new. What stands in the way is replaced.
    fn at(&mut self, step: Step) -> Result<(&mut Self, usize), Unreadable> {
        match (&step, &self) {
            (Step::Key(_), Self::Object(_)) | (Step::Index(_), Self::List(_)) => {}
            (Step::Key(_), _) => *self = Self::Object(Object::default()),
            (Step::Index(_), _) => *self = Self::List(Vec::new()),
        }
        match (step, self) {
            (Step::Key(key), Self::Object(object)) => {
                let before = object.entries.len();
                let place = object.place(key);
                let made = object.entries.len() - before;
                Ok((&mut object.entries[place].1, made))
            }
            (Step::Index(index), Self::List(items)) => {
                let made = index.saturating_add(1).saturating_sub(items.len());
                if made > MAX_NEW_ITEMS {
                    return Err(Unreadable);
                }
                items.resize_with(items.len() + made, Self::default);
                Ok((&mut items[index], made))
            }
            _ => Err(Unreadable),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Json(json) => out.extend_from_slice(json.as_bytes()),
            Self::Text(text, high) => {
                let (mut text, mut high) = (text.clone(), *high);
                string::flush(&mut text, &mut high);
                write::write(&text, out);
            }
            Self::List(items) => {
                out.push(b'[');
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Self::Object(object) => {
                out.push(b'{');
                for (place, (key, value)) in object.entries.iter().enumerate() {
                    if place > 0 {
                        out.push(b',');
                    }
                    write::write(key, out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

/// One piece: a path, and a value under a key that says what it is, such as `stringValue`.
#[derive(Default)]
struct Piece<'a> {
    path: Option<Raw<'a>>,
    /// The value, and whether it is a text.
    value: Option<(Raw<'a>, bool)>,
}

impl<'a> Fields<'a> for Piece<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        let raw: Raw<'a> = value.value()?;
        match key {
            "jsonPath" | "json_path" if raw.get().starts_with('"') => self.path = Some(raw),
            "nullValue" | "null_value" => self.value = Some((scan::read("null")?, false)),
            key if key.ends_with("Value") || key.ends_with("_value") => {
                self.value = Some((raw, raw.get().starts_with('"')));
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(start: Option<&str>, pieces: &[&str]) -> Result<String, Unreadable> {
        let mut args = PartialArgs::of(start.map(Raw::of));
        for piece in pieces {
            args.take(Raw::of(piece))?;
        }
        Ok(args.json())
    }

    #[test]
    fn texts_are_appended_and_other_values_set() {
        let pieces = [
            r#"[{"jsonPath":"$.port","stringValue":"Ber","willContinue":true}]"#,
            r#"[{"jsonPath":"$.port","stringValue":"gen \ud83d"},{"jsonPath":"$.n","numberValue":0.50}]"#,
            r#"{"jsonPath":"$.port","stringValue":"\ude00"}"#,
            r#"[{"jsonPath":"$.z","boolValue":false},{"jsonPath":"$.a","nullValue":"NULL_VALUE"}]"#,
        ];
        let expected = r#"{"port":"Bergen 😀","n":0.50,"z":false,"a":null}"#;
        assert_eq!(taken(None, &pieces).as_deref(), Ok(expected));
    }

    #[test]
    fn paths_lead_through_lists_and_objects_in_any_order() {
        let pieces = [
            r#"[{"jsonPath":"$.stops[1].port","stringValue":"Oslo"}]"#,
            r#"[{"jsonPath":"$.stops[0]['a.b']","stringValue":"x"}]"#,
            r#"[{"jsonPath":"$[\"grid\"][0][1]","numberValue":2}]"#,
        ];
        let expected = r#"{"stops":[{"a.b":"x"},{"port":"Oslo"}],"grid":[[null,2]]}"#;
        assert_eq!(taken(None, &pieces).as_deref(), Ok(expected));
    }

    #[test]
    fn pieces_add_to_the_arguments_that_a_call_begins_with() {
        let pieces = [r#"[{"jsonPath":"$.b","stringValue":"x"}]"#];
        assert_eq!(taken(Some(r#"{"b":1,"a":{}}"#), &pieces).as_deref(), Ok(r#"{"b":"x","a":{}}"#));
        assert_eq!(taken(Some("null"), &[]).as_deref(), Ok("{}"));
    }

    #[test]
    fn a_piece_without_a_value_is_passed_over_and_one_without_a_path_is_a_fault() {
        assert_eq!(taken(None, &[r#"[{"jsonPath":"$.a"}]"#]).as_deref(), Ok("{}"));
        assert_eq!(taken(None, &[r#"[{"stringValue":"x"}]"#]), Err(Unreadable));
    }

    #[test]
    fn the_memory_of_a_piece_is_counted_with_the_values_that_its_path_makes() {
        let piece = Raw::of(r#"[{"jsonPath":"$.a[60]","numberValue":1}]"#);
        let mut args = PartialArgs::of(None);
        let first = args.take(piece).expect("a piece");
        assert!(first > 61 * (size_of::<Node>() + size_of::<usize>()), "{first}");
        assert!(args.take(piece).expect("a piece") < 100, "no value is new");
    }

    #[test]
    fn an_index_far_behind_the_end_of_its_list_is_a_fault() {
        let piece = |index| format!(r#"[{{"jsonPath":"$.a[{index}]","numberValue":1}}]"#);
        assert!(taken(None, &[&piece(63), &piece(127)]).is_ok());
        assert_eq!(taken(None, &[&piece(64)]), Err(Unreadable));
        assert_eq!(taken(None, &[&piece(usize::MAX)]), Err(Unreadable));
    }
}
