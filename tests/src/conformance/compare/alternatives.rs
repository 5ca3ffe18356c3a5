//! The outcomes that a case allows beside the first.

use serde_json::{Value, json};

use super::Mismatch;

/// The mismatches of the first outcome, or none where one of the others holds.
pub(super) fn best(expect: &Value, compare: impl Fn(&Value) -> Vec<Mismatch>) -> Vec<Mismatch> {
    let first = compare(expect);
    if first.is_empty() || others(expect).iter().any(|other| compare(other).is_empty()) {
        return Vec::new();
    }
    first
}

/// What is expected where think tags are split, if the case says.
pub(in super::super) fn with_think_tags_split(expect: &Value) -> Option<Value> {
    let split = expect.get("alt")?.get("split_think_tags")?;
    let mut expect = overlaid(expect, split);
    expect.as_object_mut()?.remove("alt");
    Some(expect)
}

fn others(expect: &Value) -> Vec<Value> {
    match expect.get("alt") {
        None => Vec::new(),
        Some(Value::Array(several)) => {
            several.iter().flat_map(|alt| from_one(expect, alt)).collect()
        }
        Some(alt) => from_one(expect, alt),
    }
}

fn from_one(expect: &Value, alt: &Value) -> Vec<Value> {
    if alt.get("split_think_tags").is_some() {
        return Vec::new();
    }
    if alt.get("outcome").is_some() {
        // Another outcome altogether: of the first one only the ban on texts holds.
        let banned = expect.get("must_not_contain").cloned().unwrap_or_else(|| json!([]));
        return vec![overlaid(&json!({"must_not_contain": banned}), alt)];
    }
    // The fields that differ; one of them may stand there whole, or by its own fields that differ.
    let mut whole = expect.clone();
    for (key, value) in alt.as_object().into_iter().flatten() {
        whole[key] = value.clone();
    }
    vec![overlaid(expect, alt), whole]
}

/// The first value with the fields of the second laid over it, objects field by field.
fn overlaid(under: &Value, over: &Value) -> Value {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            let mut sum = under.clone();
            for (key, value) in over {
                let base = under.get(key).unwrap_or(&Value::Null);
                sum.insert(key.clone(), overlaid(base, value));
            }
            Value::Object(sum)
        }
        _ => over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(expect: &Value, found: &Value) -> bool {
        let compare = |expect: &Value| {
            let same = found.as_object().expect("fields").iter().all(|(k, v)| expect[k] == *v);
            if same {
                Vec::new()
            } else {
                vec![super::super::differs("all", expect, found.clone())]
            }
        };
        best(expect, compare).is_empty()
    }

    #[test]
    fn another_outcome_holds_alone_and_fields_hold_over_the_first() {
        let expect = json!({"outcome": "ok", "content": "a", "alt": {"outcome": "error"}});
        assert!(holds(&expect, &json!({"outcome": "ok", "content": "a"})));
        assert!(holds(&expect, &json!({"outcome": "error"})));
        assert!(!holds(&expect, &json!({"outcome": "error", "content": "a"})));

        let expect = json!({"path": "/a", "headers": {"v": "1"}, "alt": {"headers": {"v": "2"}}});
        assert!(holds(&expect, &json!({"path": "/a", "headers": {"v": "2"}})));
        assert!(!holds(&expect, &json!({"path": "/b", "headers": {"v": "2"}})));
        assert!(!holds(&expect, &json!({"path": "/a", "headers": {"v": "3"}})));
    }

    #[test]
    fn a_field_of_an_alternative_may_stand_whole_or_in_part() {
        let expect = json!({"body": {"a": 1, "b": 2}, "alt": {"body": {"a": 3}}});
        assert!(holds(&expect, &json!({"body": {"a": 3, "b": 2}})));
        assert!(holds(&expect, &json!({"body": {"a": 3}})));
        assert!(!holds(&expect, &json!({"body": {"b": 2}})));
    }

    #[test]
    fn one_of_several_alternatives_will_do() {
        let expect = json!({"content": "a", "alt": [{"content": "b"}, {"content": "c"}]});
        assert!(holds(&expect, &json!({"content": "c"})));
        assert!(!holds(&expect, &json!({"content": "d"})));
    }
}
