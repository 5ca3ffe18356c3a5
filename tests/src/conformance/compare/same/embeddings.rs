//! Requests for vectors that say the same: numbers need not be asked for, one text is a list of one.

use serde_json::{Value, json};

use super::{each, remove};

pub(super) fn body(body: &mut Value) {
    if body["encoding_format"] == "float" {
        remove(body, "encoding_format");
    }
    if body["input"].is_string() {
        body["input"] = json!([body["input"]]);
    }
    if let Some(requests) = body.get_mut("requests") {
        each(requests, |request| {
            if let Some(content) = request.get_mut("content") {
                remove(content, "role");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_left_out_does_not_count() {
        let same = |mut one: Value, mut other: Value| {
            body(&mut one);
            body(&mut other);
            one == other
        };
        let asked = json!({"model": "m", "input": "a", "encoding_format": "float"});
        assert!(same(asked, json!({"model": "m", "input": ["a"]})));
        assert!(!same(json!({"input": "a", "encoding_format": "base64"}), json!({"input": "a"})));
        let content = |content: Value| json!({"requests": [{"content": content}]});
        assert!(same(content(json!({"role": "user", "parts": []})), content(json!({"parts": []}))));
    }
}
