//! Items of the Responses API: instructions are a leading item, a text is a list of one part, and the
//! values that the server takes where a key is missing do not count.

use serde_json::{Value, json};

use super::{each, remove, text_to_parts};

pub(super) fn body(body: &mut Value) {
    let Some(fields) = body.as_object_mut() else { return };
    let instructions = fields.remove("instructions").filter(|text| !text.is_null());
    let Some(input) = fields.get_mut("input") else { return };
    if let Some(text) = input.as_str() {
        *input = json!([{"role": "user", "content": text}]);
    }
    if let (Some(text), Some(items)) = (instructions, input.as_array_mut()) {
        items.insert(0, json!({"role": "system", "content": text}));
    }
    each(input, item);
}

pub(super) fn item(item: &mut Value) {
    let role = item.get("role").and_then(Value::as_str);
    let part_type = if role == Some("assistant") { "output_text" } else { "input_text" };
    if item["type"] == "message" {
        remove(item, "type");
    }
    if item["status"] == "completed" {
        remove(item, "status");
    }
    for key in ["content", "output"] {
        if let Some(parts) = item.get_mut(key) {
            text_to_parts(parts, part_type);
            each(parts, |part| {
                if part["detail"] == "auto" {
                    remove(part, "detail");
                }
            });
        }
    }
}
