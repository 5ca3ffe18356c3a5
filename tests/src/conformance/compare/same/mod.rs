//! Bodies that say the same in different words: each side is brought to one form before they are
//! compared.
//!
//! What counts as the same is stated here and nowhere else, a file for each protocol that has such
//! rules.

mod anthropic;
mod embeddings;
mod gemini;
mod responses;
mod results;

use executionkit::ProtocolName;
use serde_json::{Value, json};

/// Brings the body of a request to its one form.
pub(super) fn body(protocol: &ProtocolName, body: &mut Value) {
    if body["stream"] == false {
        remove(body, "stream");
    }
    match protocol {
        ProtocolName::OpenAiResponses => responses::body(body),
        ProtocolName::GeminiGenerateContent => gemini::body(body),
        other if other.as_str().ends_with("_embeddings") => embeddings::body(body),
        _ => anthropic::body(body),
    }
}

/// Brings the two bodies closer where only both together tell what is the same.
pub(super) fn align(protocol: &ProtocolName, expected: &Value, found: &mut Value) {
    if *protocol == ProtocolName::GeminiGenerateContent {
        results::align(expected, found);
    }
}

/// Brings the model's turn to its one form.
pub(super) fn turn(protocol: &ProtocolName, turn: &mut Value) {
    match protocol {
        ProtocolName::OpenAiResponses => each(turn, responses::item),
        ProtocolName::GeminiGenerateContent => gemini::turn(turn),
        _ => anthropic::content(turn),
    }
}

fn each(list: &mut Value, change: impl FnMut(&mut Value)) {
    list.as_array_mut().into_iter().flatten().for_each(change);
}

fn remove(object: &mut Value, key: &str) {
    if let Some(object) = object.as_object_mut() {
        object.remove(key);
    }
}

/// A text becomes a list of one part of that type.
fn text_to_parts(value: &mut Value, part_type: &str) {
    if let Some(text) = value.as_str() {
        *value = json!([{"type": part_type, "text": text}]);
    }
}

#[cfg(test)]
mod tests;
