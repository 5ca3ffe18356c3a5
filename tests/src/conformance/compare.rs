//! What was found, held against what a case expects.

use executionkit::{Error, ErrorKind, LlmResponse};
use serde_json::{Value, json};

use super::run::Outcome;

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

/// Compares an outcome; where it differs from what is expected first, another sound outcome that the
/// case names will do.
pub(super) fn outcome(expect: &Value, found: &Outcome) -> Vec<Mismatch> {
    let first = one(expect, found);
    if first.is_empty() {
        return first;
    }
    match alternative(expect) {
        Some(other) if one(&other, found).is_empty() => Vec::new(),
        _ => first,
    }
}

/// What is expected where think tags are split, if the case says.
pub(super) fn with_think_tags_split(expect: &Value) -> Option<Value> {
    let split = expect.get("alt")?.get("split_think_tags")?;
    let mut expect = overlaid(expect, split);
    expect.as_object_mut()?.remove("alt");
    Some(expect)
}

fn alternative(expect: &Value) -> Option<Value> {
    let alt = expect.get("alt").filter(|alt| alt.get("split_think_tags").is_none())?;
    let base = match alt.get("outcome") {
        // Another outcome altogether: nothing of the first one holds.
        Some(_) => json!({}),
        None => expect.clone(),
    };
    Some(overlaid(&base, alt))
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

fn one(expect: &Value, found: &Outcome) -> Vec<Mismatch> {
    let wanted = expect.get("outcome").unwrap_or(&Value::Null);
    let mut mismatches = match (wanted.as_str(), found) {
        (Some("ok"), Ok(response)) => response_fields(expect, response),
        (Some("error"), Err(error)) => error_fields(expect, error),
        (_, Ok(_)) => vec![differs("outcome", wanted, "ok")],
        (_, Err(error)) => vec![differs("outcome", wanted, format!("error: {error}"))],
    };
    let shown = match found {
        Ok(response) => format!("{}{:?}", response.content, response.reasoning),
        Err(error) => all_texts(error),
    };
    for text in expect.get("must_not_contain").and_then(Value::as_array).into_iter().flatten() {
        if text.as_str().is_some_and(|text| shown.contains(text)) {
            mismatches.push(differs("must_not_contain", text, shown.clone()));
        }
    }
    mismatches
}

/// Everything that an error shows.
fn all_texts(error: &Error) -> String {
    let mut texts = format!("{error} {error:?} {:?} {:?}", error.code(), error.request_id());
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        texts.push_str(&format!(" {cause} {cause:?}"));
        source = cause.source();
    }
    texts
}

fn response_fields(expect: &Value, found: &LlmResponse) -> Vec<Mismatch> {
    let texts = [
        ("content", Some(found.content.as_str())),
        ("reasoning", found.reasoning.as_deref()),
        ("refusal", found.refusal.as_deref()),
    ];
    let reason = found.finish_reason.as_ref().map(|reason| match reason.as_str() {
        known @ ("stop" | "length" | "tool_calls" | "content_filter") => known,
        _ => "other",
    });
    let words = [("finish_reason", reason), ("finish_reason_raw", found.finish_reason_raw())];
    let usage = found.usage;
    let counts = [
        ("input_tokens", usage.input_tokens),
        ("output_tokens", usage.output_tokens),
        // As the server reported it: a sum of ours would hide that it did not.
        ("total_tokens", usage.total_tokens),
        ("cached_tokens", usage.cached_input_tokens),
        ("reasoning_tokens", usage.reasoning_tokens),
    ];
    let mut mismatches = Vec::new();
    for (field, found) in texts {
        // Null and empty are the same text.
        compare(expect, field, &mut mismatches, |expected| {
            let same = expected.as_str().unwrap_or_default() == found.unwrap_or_default();
            (same, found.into())
        });
    }
    for (field, found) in words {
        compare(expect, field, &mut mismatches, |expected| {
            (expected.as_str() == found, found.into())
        });
    }
    for (field, found) in counts {
        compare(expect, field, &mut mismatches, |expected| {
            (expected.as_u64() == found, found.into())
        });
    }
    mismatches.extend(tool_calls(expect, found));
    mismatches
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

fn tool_calls(expect: &Value, found: &LlmResponse) -> Vec<Mismatch> {
    let Some(expected) = expect.get("tool_calls").and_then(Value::as_array) else {
        return Vec::new();
    };
    let calls = &found.tool_calls;
    let shown: Value = calls
        .iter()
        .map(|call| {
            json!({"id": call.id, "name": call.name, "arguments": call.arguments.as_str(),
                "arguments_valid": call.arguments.is_valid()})
        })
        .collect();
    let unique = calls.iter().enumerate().all(|(i, a)| calls[..i].iter().all(|b| a.id != b.id));
    let same = expected.len() == calls.len()
        && unique
        && expected.iter().zip(calls).all(|(expected, call)| {
            let id = match expected["id"].as_str() {
                Some("<generated>") => !call.id.is_empty(),
                id => id == Some(call.id.as_str()),
            };
            let valid = expected["arguments_valid"].as_bool().unwrap_or(true);
            let arguments = expected["arguments"].as_str().unwrap_or_default();
            id && expected["name"] == call.name.as_str()
                && same_json(arguments, call.arguments.as_str())
                && valid == call.arguments.is_valid()
        });
    if same { Vec::new() } else { vec![differs("tool_calls", &expect["tool_calls"], shown)] }
}

/// The same text, or the same document.
fn same_json(a: &str, b: &str) -> bool {
    let parse = |text| serde_json::from_str::<Value>(text);
    match (parse(a), parse(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// The three classes of the cases.
fn class(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::RateLimited => "rate_limit",
        kind if kind.is_retryable() => "provider",
        _ => "permanent",
    }
}

fn error_fields(expect: &Value, found: &Error) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    let error = expect.get("error").unwrap_or(&Value::Null);
    compare(error, "kind", &mut mismatches, |expected| {
        (expected == class(found.kind()), format!("{:?}: {found}", found.kind()).into())
    });
    compare(error, "message_contains", &mut mismatches, |expected| {
        let message = found.to_string();
        (message.contains(expected.as_str().unwrap_or_default()), message.into())
    });
    compare(expect, "partial", &mut mismatches, |expected| {
        let partial = found.partial().cloned().unwrap_or_default();
        let different = response_fields(expected, &partial);
        let shown: Vec<String> = different.iter().map(|m| format!("{m:?}")).collect();
        (different.is_empty(), shown.join("; ").into())
    });
    let rate_limited = error["kind"] == "rate_limit";
    let default = rate_limited.then_some(1.0);
    if let Some(expected) = error["retry_after_s"].as_f64().or(default) {
        let wait = found.retry_after().map(|wait| wait.as_secs_f64());
        if wait.is_none_or(|wait| (wait - expected).abs() > 0.001) {
            mismatches.push(differs("retry_after_s", &expected.into(), wait));
        }
    }
    mismatches
}
