//! Keys to be sent back on the next turn, which come in pieces like everything else.

use serde_json::{Map, Value};

/// A piece belongs to one of the newest entries; a longer search would be quadratic for a hostile server.
const RECENT: usize = 32;

/// Keys of an entry whose texts grow.
const GROWING: [&str; 7] =
    ["text", "summary", "data", "thinking", "reasoning", "content", "transcript"];

/// Keys whose value ends an entry that has no index: what comes behind is another one.
const CLOSING: [&str; 3] = ["signature", "thought_signature", "data"];

/// Adds a piece under a key: lists and objects grow, texts are appended, entries of a list that belong
/// together are joined (`reasoning_details`, `thinking_blocks`). Anything else replaces what was there.
pub(super) fn push(returned: &mut Map<String, Value>, key: &str, piece: Value) {
    match (returned.get_mut(key), piece) {
        (_, Value::Null) => {}
        (Some(Value::Array(list)), Value::Array(pieces)) => push_entries(list, pieces),
        (Some(Value::Object(entry)), Value::Object(piece)) => join(entry, piece),
        (Some(Value::String(text)), Value::String(piece)) => text.push_str(&piece),
        (_, Value::Array(none)) if none.is_empty() => {}
        (_, piece) => drop(returned.insert(key.to_owned(), piece)),
    }
}

/// Takes over every key; objects under the same key are joined.
pub(super) fn merge(into: &mut Map<String, Value>, more: Map<String, Value>) {
    for (key, value) in more {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(inner)), Value::Object(more)) => merge(inner, more),
            (_, value) => drop(into.insert(key, value)),
        }
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
    use serde_json::json;

    #[test]
    fn pieces_of_one_entry_are_joined_and_others_appended() {
        let mut returned = Map::new();
        for piece in [
            json!([{"type": "t", "text": "Add ", "index": 0, "signature": null}]),
            json!([{"type": "t", "text": "them.", "index": 0, "signature": "s"}]),
            json!([{"type": "u", "data": "x"}]),
            json!([]),
            Value::Null,
        ] {
            push(&mut returned, "d", piece);
        }
        let joined = json!([{"type": "t", "text": "Add them.", "index": 0, "signature": "s"},
            {"type": "u", "data": "x"}]);
        assert_eq!(returned["d"], joined);
    }

    fn joined(key: &str, pieces: &[Value]) -> Value {
        let mut returned = Map::new();
        pieces.iter().for_each(|piece| push(&mut returned, key, piece.clone()));
        returned.remove(key).unwrap_or_default()
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
