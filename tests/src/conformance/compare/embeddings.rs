//! Vectors, and the request for them.

use executionkit::{Embeddings, Error};
use serde_json::Value;

use super::super::case::Case;
use super::sent::{self, Sent};
use super::{Mismatch, alternatives, any_outcome, compare, differs};

/// How far a number may be from what is expected.
const TOLERANCE: f64 = 1e-6;

/// Compares the requests that reached the server, where the case says what they are, and the outcome.
pub(in super::super) fn embeddings(
    case: &Case,
    key: &str,
    sent: &[Sent],
    found: &Result<Embeddings, Error>,
) -> Vec<Mismatch> {
    let mut mismatches = match (&case.sent, sent) {
        (None, _) => Vec::new(),
        (Some(expect), [request]) => sent::parts(case, expect, key, request),
        (Some(_), _) => {
            vec![differs("sent", &"one request".into(), format!("{} requests", sent.len()))]
        }
    };
    mismatches.extend(alternatives::best(&case.expect, |expect| {
        any_outcome(case, expect, found, |found| {
            (fields(expect, found), format!("{:?}{:?}", found.model, found.request_id))
        })
    }));
    mismatches
}

fn fields(expect: &Value, found: &Embeddings) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    compare(expect, "input_tokens", &mut mismatches, |expected| {
        (expected.as_u64() == found.usage.input_tokens, found.usage.input_tokens.into())
    });
    compare(expect, "vectors", &mut mismatches, |expected| {
        let shown: Value = found.iter().map(Value::from).collect();
        let rows = expected.as_array().map(Vec::as_slice).unwrap_or_default();
        let same = rows.len() == found.len()
            && rows.iter().zip(found.iter()).all(|(expected, found)| same_row(expected, found));
        (same, shown)
    });
    mismatches
}

fn same_row(expected: &Value, found: &[f32]) -> bool {
    let numbers = expected.as_array().map(Vec::as_slice).unwrap_or_default();
    let is_near = |(expected, found): (&Value, &f32)| {
        expected.as_f64().is_some_and(|number| (number - f64::from(*found)).abs() <= TOLERANCE)
    };
    numbers.len() == found.len() && numbers.iter().zip(found).all(is_near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use executionkit::{ErrorKind, Usage};
    use serde_json::json;

    fn fields_of(expect: &Value, found: &Result<Embeddings, Error>) -> Vec<String> {
        let file = json!({"name": "n", "protocol": "openai_embeddings", "kind": "embeddings",
            "status": 200, "body": "", "request": {}, "expect": expect});
        let case = Case::from_value(&file).expect("a case");
        embeddings(&case, "", &[], found).into_iter().map(|mismatch| mismatch.field).collect()
    }

    #[test]
    fn each_field_that_differs_is_named() {
        let found = Embeddings::from_rows([[0.25, -0.5], [1.0, 0.0]]).expect("vectors");
        let found = found.with_usage(Usage::new(3, 0));
        let expect = json!({"outcome": "ok", "vectors": [[0.25, -0.500_000_1], [1, 0]],
            "input_tokens": 3});
        assert_eq!(fields_of(&expect, &Ok(found.clone())), [""; 0]);
        for (field, other) in [
            ("vectors", json!([[0.25, -0.500_01], [1, 0]])),
            ("vectors", json!([[1, 0], [0.25, -0.5]])),
            ("vectors", json!([[0.25, -0.5]])),
            ("vectors", json!([[0.25, -0.5, 0], [1, 0, 0]])),
            ("input_tokens", Value::Null),
            ("outcome", json!("error")),
        ] {
            let mut expect = expect.clone();
            expect[field] = other;
            assert_eq!(fields_of(&expect, &Ok(found.clone())), [field]);
        }
        let error = Error::new(ErrorKind::Malformed, "torn");
        assert_eq!(fields_of(&expect, &Err(error)), ["outcome"]);
    }
}
