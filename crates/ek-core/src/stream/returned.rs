//! Keys to be sent back on the next turn, which come in pieces like everything else.

use serde_json::{Map, Value};

/// A piece belongs to one of the newest entries; a longer search would be quadratic for a hostile server.
const RECENT: usize = 32;

/// Adds a piece under a key: lists grow, and entries of a list that share index and type are one entry
/// in pieces (`reasoning_details`). Anything else replaces what was there.
pub(super) fn push(returned: &mut Map<String, Value>, key: &str, piece: Value) {
    let empty = piece.is_null() || piece.as_array().is_some_and(Vec::is_empty);
    if empty {
        return;
    }
    match (returned.get_mut(key), piece) {
        (Some(Value::Array(list)), Value::Array(pieces)) => {
            for piece in pieces {
                let same = |entry: &&mut Value| {
                    piece.get("index").is_some()
                        && ["index", "type"].iter().all(|key| entry.get(*key) == piece.get(*key))
                };
                match list.iter_mut().rev().take(RECENT).find(same) {
                    Some(entry) => join(entry, piece),
                    None => list.push(piece),
                }
            }
        }
        (_, piece) => drop(returned.insert(key.to_owned(), piece)),
    }
}

/// Joins two pieces of an entry: texts are appended, what was unknown is taken over.
fn join(entry: &mut Value, piece: Value) {
    let (Some(entry), Value::Object(piece)) = (entry.as_object_mut(), piece) else {
        return;
    };
    for (key, value) in piece {
        let grows = matches!(key.as_str(), "text" | "summary" | "data" | "thinking");
        match (entry.get_mut(&key), value) {
            (Some(Value::String(text)), Value::String(more)) if grows => text.push_str(&more),
            (_, Value::Null) => {}
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
}
