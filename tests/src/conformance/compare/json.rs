//! The first place where two documents differ, so that a report shows it and not two long bodies.

use serde_json::Value;

use super::{Mismatch, differs};

/// Compares as JSON: keys in any order, strings byte for byte, `1` and `1.0` the same number.
pub(super) fn difference(at: &str, expected: &Value, found: &Value) -> Option<Mismatch> {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, expected) in a {
                let at = format!("{at}.{key}");
                match b.get(key) {
                    Some(found) => {
                        if let Some(mismatch) = difference(&at, expected, found) {
                            return Some(mismatch);
                        }
                    }
                    None => return Some(differs(at, expected, "<absent>")),
                }
            }
            let more = b.iter().find(|(key, _)| !a.contains_key(*key));
            more.map(|(key, found)| {
                differs(format!("{at}.{key}"), &"<absent>".into(), found.clone())
            })
        }
        (Value::Array(a), Value::Array(b)) => {
            let both = a.iter().zip(b).enumerate();
            let inner = both
                .map(|(i, (expected, found))| difference(&format!("{at}[{i}]"), expected, found))
                .find_map(|mismatch| mismatch);
            let lengths = || {
                (a.len() != b.len())
                    .then(|| differs(format!("{at} (length)"), expected, found.clone()))
            };
            inner.or_else(lengths)
        }
        _ => (!same_value(expected, found)).then(|| differs(at, expected, found.clone())),
    }
}

fn same_value(a: &Value, b: &Value) -> bool {
    let floats = a.is_f64() || b.is_f64();
    a == b || (floats && a.is_number() && b.is_number() && a.as_f64() == b.as_f64())
}

/// The same text, or the same document.
pub(super) fn same_text(a: &str, b: &str) -> bool {
    let parse = |text| serde_json::from_str::<Value>(text);
    match (parse(a), parse(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn place(expected: &Value, found: &Value) -> Option<String> {
        difference("body", expected, found).map(|mismatch| mismatch.field)
    }

    #[test]
    fn the_first_difference_is_named_by_its_place() {
        let expected = json!({"a": [{"b": "x"}], "c": 1});
        assert_eq!(place(&expected, &json!({"c": 1.0, "a": [{"b": "x"}]})), None);
        for (at, found) in [
            ("body.a[0].b", json!({"a": [{"b": "x "}], "c": 1})),
            ("body.a (length)", json!({"a": [{"b": "x"}, 2], "c": 1})),
            ("body.c", json!({"a": [{"b": "x"}], "c": "1"})),
            ("body.c", json!({"a": [{"b": "x"}]})),
            ("body.d", json!({"a": [{"b": "x"}], "c": 1, "d": null})),
        ] {
            assert_eq!(place(&expected, &found).as_deref(), Some(at), "{found}");
        }
    }

    #[test]
    fn the_order_of_a_list_counts() {
        assert_eq!(place(&json!(["a", "b"]), &json!(["b", "a"])).as_deref(), Some("body[0]"));
    }
}
