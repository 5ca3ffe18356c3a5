//! Keys to be sent back on the next turn, which a stream brings in pieces like everything else.

use std::collections::BTreeMap;

use ek_core::{LlmResponse, NativeTurn};
use serde_json::{Map, Value, json};

use crate::protocol::chat_completions::native::FurtherKeys;
use crate::protocol::chat_completions::reply::value;

/// A piece belongs to one of the newest entries; a longer search would be quadratic for a hostile server.
const RECENT: usize = 32;

/// Keys of an entry whose texts grow.
const GROWING: [&str; 7] =
    ["text", "summary", "data", "thinking", "reasoning", "content", "transcript"];

/// Keys whose value ends an entry that has no index: what comes behind is another one.
const CLOSING: [&str; 3] = ["signature", "thought_signature", "data"];

/// What goes back on the next turn beyond the text and the calls, in the making.
#[derive(Debug, Default)]
pub(crate) struct CarryOver {
    keys: BTreeMap<String, Carried>,
    /// The key under which the reasoning goes back, where no other key holds it.
    pub(crate) reasoning_key: Option<&'static str>,
}

/// The value of a key.
#[derive(Debug)]
enum Carried {
    /// One piece, as it came.
    Whole(String),
    /// Several pieces.
    Joined(Value),
}

impl CarryOver {
    /// Whether there is nothing besides the reasoning's text.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Adds a piece under a key: lists and objects grow, texts are appended, entries of a list that belong
    /// together are joined (`reasoning_details`, `thinking_blocks`). Anything else replaces what was there.
    pub(crate) fn push(&mut self, key: &str, json: &str) {
        match self.keys.get_mut(key) {
            None if matches!(json, "null" | "[]") => {}
            None => drop(self.keys.insert(key.to_owned(), Carried::Whole(json.to_owned()))),
            Some(carried) => {
                let mut joined = std::mem::replace(carried, Carried::Joined(Value::Null)).tree();
                grow(&mut joined, value(json).unwrap_or_default());
                *carried = Carried::Joined(joined);
            }
        }
    }

    /// The turn of the reply that the pieces have become.
    pub(crate) fn into_turn(mut self, reply: &LlmResponse) -> Option<NativeTurn> {
        let mut keys = FurtherKeys::default();
        if let (Some(key), Some(reasoning)) = (self.reasoning_key, &reply.reasoning) {
            keys.set(key, json!(reasoning).to_string());
        }
        match self.keys.remove("content") {
            Some(Carried::Joined(Value::Array(parts))) => {
                parts.into_iter().for_each(|part| keys.push_part(part.to_string()));
            }
            Some(Carried::Whole(list)) => keys.push_part(list[1..list.len() - 1].to_owned()),
            _ => {}
        }
        for (key, carried) in self.keys {
            keys.set(key, carried.json());
        }
        keys.into_turn(reply)
    }
}

impl Carried {
    fn tree(self) -> Value {
        match self {
            Self::Whole(json) => value(&json).unwrap_or_default(),
            Self::Joined(tree) => tree,
        }
    }

    fn json(self) -> String {
        match self {
            Self::Whole(json) => json,
            Self::Joined(tree) => tree.to_string(),
        }
    }
}

/// Adds a piece to a value.
fn grow(kept: &mut Value, piece: Value) {
    match (kept, piece) {
        (_, Value::Null) => {}
        (Value::Array(list), Value::Array(pieces)) => push_entries(list, pieces),
        (Value::Object(entry), Value::Object(piece)) => join(entry, piece),
        (Value::String(text), Value::String(piece)) => text.push_str(&piece),
        (_, Value::Array(none)) if none.is_empty() => {}
        (kept, piece) => *kept = piece,
    }
}

fn push_entries(list: &mut Vec<Value>, pieces: Vec<Value>) {
    for (at, piece) in pieces.into_iter().enumerate() {
        let found = match piece.get("index").filter(|index| !index.is_null()) {
            Some(index) => {
                let recent = list.iter_mut().rev().take(RECENT);
                recent
                    .filter_map(Value::as_object_mut)
                    .find(|entry| entry.get("index") == Some(index) && is_same_kind(entry, &piece))
            }
            // Entries that come together are parted already.
            None if at > 0 => None,
            None => list.last_mut().and_then(Value::as_object_mut).filter(|e| goes_on(e, &piece)),
        };
        match (found, piece) {
            (Some(entry), Value::Object(piece)) => join(entry, piece),
            (_, piece) => list.push(piece),
        }
    }
}

/// Whether a piece names no other type than an entry has.
fn is_same_kind(entry: &Map<String, Value>, piece: &Value) -> bool {
    piece.get("type").is_none_or(|kind| entry.get("type") == Some(kind))
}

/// Whether a piece without an index continues the newest entry.
fn goes_on(entry: &Map<String, Value>, piece: &Value) -> bool {
    let set = |value: Option<&Value>| value.is_some_and(|value| !value.is_null() && value != "");
    let closes = CLOSING.iter().any(|key| set(entry.get(*key)));
    let other_id = set(piece.get("id")) && piece.get("id") != entry.get("id");
    let whole = set(piece.get("data"));
    piece.is_object() && is_same_kind(entry, piece) && !closes && !other_id && !whole
}

/// Joins two pieces of an entry: texts and lists grow, what was unknown is taken over.
fn join(entry: &mut Map<String, Value>, piece: Map<String, Value>) {
    for (key, value) in piece {
        let grows = GROWING.contains(&key.as_str());
        match (entry.get_mut(&key), value) {
            (_, Value::Null) => {}
            (Some(Value::String(text)), Value::String(more)) if grows => text.push_str(&more),
            (Some(Value::Array(list)), Value::Array(more)) if grows => push_entries(list, more),
            // An empty text adds nothing to a signature.
            (Some(Value::String(text)), Value::String(more))
                if !text.is_empty() && more.is_empty() => {}
            (_, value) => drop(entry.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(key: &str, pieces: &[Value]) -> Value {
        let mut carried = CarryOver::default();
        pieces.iter().for_each(|piece| carried.push(key, &piece.to_string()));
        carried.keys.remove(key).map(Carried::tree).unwrap_or_default()
    }

    #[test]
    fn pieces_of_one_entry_are_joined_and_others_appended() {
        let pieces = [
            json!([{"type": "t", "text": "Add ", "index": 0, "signature": null}]),
            json!([{"type": "t", "text": "them.", "index": 0, "signature": "s"}]),
            json!([{"type": "u", "data": "x"}]),
            json!([]),
            Value::Null,
        ];
        let expected = json!([{"type": "t", "text": "Add them.", "index": 0, "signature": "s"},
            {"type": "u", "data": "x"}]);
        assert_eq!(joined("d", &pieces), expected);
    }

    #[test]
    fn a_key_in_one_piece_is_kept_byte_for_byte() {
        let mut carried = CarryOver::default();
        let list = r#"[{"z":"\u0061", "a":1e2}]"#;
        carried.push("content", list);
        carried.push("details", list);
        let turn = carried.into_turn(&LlmResponse::default()).expect("a turn");
        assert_eq!(turn.json(), format!(r#"{{"content":{list},"details":{list}}}"#));
    }

    #[test]
    fn pieces_without_an_index_continue_the_last_entry_until_it_is_signed() {
        let pieces = [
            json!([{"type": "thinking", "thinking": "Add "}]),
            json!([{"type": "thinking", "thinking": "them."}]),
            json!([{"thinking": ""}]),
            json!([{"type": "thinking", "thinking": "", "signature": "s1"}]),
            json!([{"type": "thinking", "thinking": "Then"}]),
            json!([{"type": "redacted_thinking", "data": "x"}]),
            json!([{"type": "redacted_thinking", "data": "y"}]),
        ];
        let expected = json!([
            {"type": "thinking", "thinking": "Add them.", "signature": "s1"},
            {"type": "thinking", "thinking": "Then"},
            {"type": "redacted_thinking", "data": "x"},
            {"type": "redacted_thinking", "data": "y"},
        ]);
        assert_eq!(joined("thinking_blocks", &pieces), expected);
    }

    #[test]
    fn entries_with_ids_of_their_own_stay_apart() {
        let entries =
            json!([{"type": "t", "text": "a", "id": "1"}, {"type": "t", "text": "b", "id": "2"}]);
        assert_eq!(joined("d", std::slice::from_ref(&entries)), entries);
    }

    #[test]
    fn lists_within_an_entry_grow_as_well() {
        let piece = |text: &str| json!([{"type": "thinking", "thinking": [{"type": "text", "text": text}]}]);
        assert_eq!(joined("content", &[piece("Add "), piece("them.")]), piece("Add them."));
    }

    #[test]
    fn an_object_grows_by_its_texts() {
        let pieces = [
            json!({"id": "a", "transcript": "Low "}),
            json!({"transcript": "tide.", "data": "AA"}),
            json!({"data": "BB", "id": "a"}),
        ];
        let expected = json!({"id": "a", "transcript": "Low tide.", "data": "AABB"});
        assert_eq!(joined("audio", &pieces), expected);
    }
}
