//! The fields of a reply.

use executionkit::LlmResponse;
use serde_json::{Value, json};

use super::{Mismatch, compare, differs, json::same_text};

pub(super) fn fields(expect: &Value, found: &LlmResponse) -> Vec<Mismatch> {
    let texts = [
        ("content", Some(found.content.as_str())),
        ("reasoning", found.reasoning.as_deref()),
        ("refusal", found.refusal.as_deref()),
    ];
    let reason = found.finish_reason.as_ref().map(|reason| match reason.as_str() {
        known @ ("stop" | "length" | "tool_calls" | "content_filter" | "paused") => known,
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
        ("cache_write_tokens", usage.cache_write_tokens),
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
                && same_text(arguments, call.arguments.as_str())
                && valid == call.arguments.is_valid()
        });
    if same { Vec::new() } else { vec![differs("tool_calls", &expect["tool_calls"], shown)] }
}
