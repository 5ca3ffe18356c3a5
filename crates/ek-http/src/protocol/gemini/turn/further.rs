//! What chunks say of the candidate besides its parts, such as its sources and how safe it is.
//!
//! A later chunk adds to what an earlier one said, or says it again. The values are joined once, at the end:
//! joining with each chunk would take time by the square of their number.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::json::object::Object;
use crate::json::scan::{self, Raw};
use crate::protocol::gemini::answer::MAX_KEYS;

/// The values of each key, as JSON, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Further(Vec<(String, Vec<String>)>);

impl Further {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes what a chunk says under a key. An object adds to the objects before it; any other value takes the
    /// place of what was there.
    pub(super) fn take(&mut self, key: &str, json: &str) {
        let Some(at) = self.place_of(key) else { return };
        let values = &mut self.0[at].1;
        let is_object = |json: &str| json.starts_with('{');
        if !is_object(json) || !values.last().is_some_and(|last| is_object(last)) {
            values.clear();
        }
        values.push(json.to_owned());
    }

    fn place_of(&mut self, key: &str) -> Option<usize> {
        let known = self.0.iter().position(|(known, _)| known == key);
        known.or_else(|| {
            let is_full = self.0.len() >= MAX_KEYS;
            (!is_full).then(|| {
                self.0.push((key.to_owned(), Vec::new()));
                self.0.len() - 1
            })
        })
    }

    /// Writes the keys and their values into the candidate.
    pub(super) fn write(&self, candidate: &mut Object<'_>) {
        for (key, values) in &self.0 {
            let out = candidate.any_key(key);
            match &values[..] {
                [only] => out.extend_from_slice(only.as_bytes()),
                objects => write_joined(objects, out),
            }
        }
    }
}

/// Writes one object of the members of all; the last of a name counts.
fn write_joined(objects: &[String], out: &mut Vec<u8>) {
    let mut members: Vec<(String, &str)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for object in objects {
        // What was read once can be read again.
        let _ = scan::entries(object, |name, value| {
            let json = value.value::<Raw<'_>>()?.get();
            match places.entry(name.to_owned()) {
                Entry::Occupied(place) => members[*place.get()].1 = json,
                Entry::Vacant(place) => {
                    place.insert(members.len());
                    members.push((name.to_owned(), json));
                }
            }
            Ok(())
        });
    }
    let mut joined = Object::begin(out);
    for (name, json) in members {
        joined.any_key(&name).extend_from_slice(json.as_bytes());
    }
    joined.end();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(further: &Further) -> String {
        let mut out = Vec::new();
        let mut candidate = Object::begin(&mut out);
        further.write(&mut candidate);
        candidate.end();
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn objects_of_one_key_are_joined_and_other_values_replace_each_other() {
        for (values, expected) in [
            (vec![r#"{"a":1}"#], r#"{"k":{"a":1}}"#),
            (vec![r#"{"a":1,"b":[]}"#, r#"{"c":2,"b":[3]}"#], r#"{"k":{"a":1,"b":[3],"c":2}}"#),
            (vec!["[1]", "[2]"], r#"{"k":[2]}"#),
            (vec![r#"{"a":1}"#, "7"], r#"{"k":7}"#),
            (vec!["7", r#"{"a":1}"#, r#"{"a":2}"#], r#"{"k":{"a":2}}"#),
        ] {
            let mut further = Further::default();
            values.iter().for_each(|json| further.take("k", json));
            assert_eq!(written(&further), expected, "{values:?}");
        }
    }

    #[test]
    fn keys_without_end_are_not_kept() {
        let mut further = Further::default();
        (0..MAX_KEYS + 9).for_each(|number| further.take(&format!("k{number}"), "1"));
        assert_eq!(further.0.len(), MAX_KEYS);
    }

    #[test]
    fn a_hundred_thousand_small_objects_behind_a_large_one_are_joined_at_once() {
        let mut further = Further::default();
        further.take("k", &format!(r#"{{"large":"{}"}}"#, "x".repeat(1 << 20)));
        (0..100_000).for_each(|number| further.take("k", &format!(r#"{{"n{number}":{number}}}"#)));
        assert!(written(&further).ends_with(r#""n99999":99999}}"#));
    }
}
