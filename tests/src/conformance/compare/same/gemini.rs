//! Gemini's contents: what the server takes where a key is missing does not count, ids of calls matter
//! only as pairs, and neighbouring parts of plain text are one.

use serde_json::{Map, Value};

use super::{remove, results};

/// What the API takes in place of a signature that is lost.
const PLACEHOLDER: &str = "skip_thought_signature_validator";

pub(super) fn body(body: &mut Value) {
    if let Some(system) = body.get_mut("systemInstruction") {
        remove(system, "role");
    }
    if let Some(tools) = body.get_mut("toolConfig") {
        if tools["functionCallingConfig"] == serde_json::json!({"mode": "AUTO"}) {
            remove(tools, "functionCallingConfig");
        }
        if tools.as_object().is_some_and(Map::is_empty) {
            remove(body, "toolConfig");
        }
    }
    let contents = body.get_mut("contents").and_then(Value::as_array_mut);
    for content in contents.into_iter().flatten() {
        parts(content).into_iter().flatten().for_each(part);
    }
    results::pair(body);
}

/// A part of plain text joins the one before it; nothing at all is null.
pub(super) fn turn(content: &mut Value) {
    if content.get("role").is_none() && content.is_object() {
        content["role"] = "model".into();
    }
    let Some(list) = parts(content) else { return };
    let mut joined: Vec<Value> = Vec::new();
    for mut next in list.drain(..) {
        part(&mut next);
        let last = joined.last_mut().filter(|last| last["thought"] == next["thought"]);
        match (plain_text(&next), last.map(|last| (plain_text(last).map(str::to_owned), last))) {
            (Some(""), _) => {}
            (Some(text), Some((Some(before), last))) => {
                last["text"] = [before.as_str(), text].concat().into();
            }
            _ => joined.push(next),
        }
    }
    *list = joined;
    if list.is_empty() {
        *content = Value::Null;
    }
}

fn parts(content: &mut Value) -> Option<&mut Vec<Value>> {
    content.get_mut("parts")?.as_array_mut()
}

/// The text of a part that has nothing else but the flag of a thought.
fn plain_text(part: &Value) -> Option<&str> {
    let fields = part.as_object()?;
    let plain = fields.keys().all(|key| key == "text" || key == "thought");
    part["text"].as_str().filter(|_| plain)
}

fn part(part: &mut Value) {
    if part["thoughtSignature"] == PLACEHOLDER {
        remove(part, "thoughtSignature");
    }
    if part["thought"] == false {
        remove(part, "thought");
    }
    if let Some(file) = part.get_mut("fileData") {
        remove(file, "mimeType");
    }
    if let Some(call) = part.get_mut("functionCall") {
        let args = &call["args"];
        if args.is_null() || args.as_object().is_some_and(Map::is_empty) {
            remove(call, "args");
        }
    }
}
