//! JSON values by the rules of JSON Schema: 1 and 1.0 are the same number, and an integer.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::Kind;

impl Kind {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::Null,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "string" => Self::String,
            "array" => Self::Array,
            "object" => Self::Object,
            _ => return None,
        })
    }

    pub(super) fn holds(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Null, Value::Null)
            | (Self::Boolean, Value::Bool(_))
            | (Self::Number, Value::Number(_))
            | (Self::String, Value::String(_))
            | (Self::Array, Value::Array(_))
            | (Self::Object, Value::Object(_)) => true,
            (Self::Integer, Value::Number(number)) => is_integer(number),
            _ => false,
        }
    }
}

fn is_integer(number: &Number) -> bool {
    whole(number).is_some() || number.as_f64().is_some_and(|f| f.is_finite() && f.fract() == 0.0)
}

/// The number as an integer, where it is written as one.
fn whole(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

/// Compares numbers: integers exactly, others as floats.
pub(super) fn compare(a: &Number, b: &Number) -> Option<Ordering> {
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

/// Equality as JSON Schema defines it.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare(a, b) == Some(Ordering::Equal),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// Whether a number is a multiple of another: exact for integers; up to their precision for floats, which
/// cannot hold 0.01 exactly.
pub(super) fn is_multiple(number: &Number, of: &Number) -> bool {
    if let (Some(number), Some(of)) = (whole(number), whole(of)) {
        return of != 0 && number % of == 0;
    }
    let (Some(number), Some(of)) = (number.as_f64(), of.as_f64()) else { return false };
    let times = number / of;
    times.is_finite() && (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
}

/// A text that is the same for equal values, and differs for others.
pub(super) fn canonical(value: &Value) -> String {
    fn write(value: &Value, out: &mut String) {
        match value {
            Value::Number(number) => out.push_str(&plain(number)),
            Value::Array(items) => {
                out.push('[');
                for item in items {
                    write(item, out);
                    out.push(',');
                }
                out.push(']');
            }
            Value::Object(members) => {
                // A map may keep its keys in the order of insertion.
                let mut members: Vec<_> = members.iter().collect();
                members.sort_unstable_by_key(|(key, _)| *key);
                out.push('{');
                for (key, value) in members {
                    out.push_str(&format!("{key:?}:"));
                    write(value, out);
                    out.push(',');
                }
                out.push('}');
            }
            plain => out.push_str(&plain.to_string()),
        }
    }
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// The one text of a number: 1.0 is 1.
fn plain(number: &Number) -> String {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT => {
            // A negative zero is zero.
            format!("{:.0}", float + 0.0)
        }
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_differ_by_their_value_and_not_by_their_spelling() {
        assert!(same(&json!([1, {"a": 2.0}]), &json!([1.0, {"a": 2}])));
        assert!(!same(&json!(1), &json!(true)));
        assert!(!same(&json!({"a": 1}), &json!({"b": 1})));
        assert!(Kind::Integer.holds(&json!(3.0)) && !Kind::Integer.holds(&json!(3.5)));
    }

    #[test]
    fn equal_values_have_one_canonical_text() {
        for (a, b) in [
            (json!([1, {"a": 2.0, "b": -0.0}]), json!([1.0, {"b": 0, "a": 2}])),
            (json!("\u{e9}"), json!("é")),
        ] {
            assert_eq!(canonical(&a), canonical(&b));
        }
        let different = [
            json!(1),
            json!(1.5),
            json!("1"),
            json!([1]),
            json!([[1]]),
            json!({"1": 1}),
            json!(true),
        ];
        let texts: std::collections::HashSet<_> = different.iter().map(canonical).collect();
        assert_eq!(texts.len(), different.len());
    }

    #[test]
    fn multiples_are_exact_for_integers_and_as_good_as_floats_are_for_the_rest() {
        let multiple =
            |a: Value, b: Value| is_multiple(a.as_number().expect("a"), b.as_number().expect("b"));
        assert!(multiple(json!(u64::MAX), json!(5)) && !multiple(json!(u64::MAX - 1), json!(5)));
        assert!(multiple(json!(19.99), json!(0.01)) && !multiple(json!(19.995), json!(0.01)));
        assert!(multiple(json!(4.0), json!(2)) && !multiple(json!(1e308), json!(1e-308)));
    }

    #[test]
    fn large_integers_are_compared_exactly() {
        let (a, b) = (json!(u64::MAX), json!(u64::MAX - 1));
        assert!(!same(&a, &b));
        let order = compare(a.as_number().expect("a"), b.as_number().expect("b"));
        assert_eq!(order, Some(Ordering::Greater));
    }
}
