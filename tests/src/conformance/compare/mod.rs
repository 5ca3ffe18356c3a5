//! What was found, held against what a case expects.

mod alternatives;
mod echo;
mod embeddings;
mod error;
mod json;
mod reply;
mod same;
mod sent;

use executionkit::{Error, LlmResponse};
use serde_json::Value;

use super::case::Case;
pub(super) use alternatives::with_think_tags_split;
pub(super) use embeddings::embeddings;
pub(super) use sent::{Sent, request};

/// One thing that came out otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// What was compared.
    pub field: String,
    /// What the case expects.
    pub expected: Value,
    /// What the client made of it.
    pub found: Value,
}

fn differs(field: impl Into<String>, expected: &Value, found: impl Into<Value>) -> Mismatch {
    Mismatch { field: field.into(), expected: expected.clone(), found: found.into() }
}

/// Compares a field, if the case names it.
fn compare(
    expect: &Value,
    field: &str,
    mismatches: &mut Vec<Mismatch>,
    held: impl FnOnce(&Value) -> (bool, Value),
) {
    if let Some(expected) = expect.get(field) {
        let (same, found) = held(expected);
        if !same {
            mismatches.push(differs(field, expected, found));
        }
    }
}

/// What a call came to.
pub(super) struct Found {
    pub(super) outcome: Result<LlmResponse, Error>,
    /// The body of the request after the reply, if the case asks for it.
    pub(super) next_request: Option<Value>,
}

/// Compares an outcome; where it differs from what is expected first, another sound outcome that the
/// case names will do.
pub(super) fn outcome(case: &Case, expect: &Value, found: &Found) -> Vec<Mismatch> {
    alternatives::best(expect, |expect| one(case, expect, found))
}

fn one(case: &Case, expect: &Value, found: &Found) -> Vec<Mismatch> {
    any_outcome(case, expect, &found.outcome, |response| {
        let mut mismatches = reply::fields(expect, response);
        if let (Some(echo), Some(body)) = (expect.get("echo"), &found.next_request) {
            mismatches.extend(echo::turn(&case.protocol, echo, body));
        }
        (mismatches, format!("{}{:?}", response.content, response.reasoning))
    })
}

/// Compares an outcome of any kind. Of a success, `fields` gives the mismatches and the texts it shows.
fn any_outcome<T>(
    case: &Case,
    expect: &Value,
    found: &Result<T, Error>,
    fields: impl Fn(&T) -> (Vec<Mismatch>, String),
) -> Vec<Mismatch> {
    let wanted = expect.get("outcome").unwrap_or(&Value::Null);
    let (mut mismatches, shown) = match found {
        Ok(found) => fields(found),
        Err(error) => (error::fields(case, expect, error), error::all_texts(error)),
    };
    match (wanted.as_str(), found) {
        (Some("ok"), Ok(_)) | (Some("error"), Err(_)) => {}
        (_, Ok(_)) => mismatches = vec![differs("outcome", wanted, "ok")],
        (_, Err(error)) => {
            mismatches = vec![differs("outcome", wanted, format!("error: {error}"))];
        }
    }
    for text in expect.get("must_not_contain").and_then(Value::as_array).into_iter().flatten() {
        if text.as_str().is_some_and(|text| shown.contains(text)) {
            mismatches.push(differs("must_not_contain", text, shown.clone()));
        }
    }
    mismatches
}

#[cfg(test)]
mod tests;
