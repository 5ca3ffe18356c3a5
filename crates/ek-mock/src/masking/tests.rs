//! What a mask takes out of a body, and what it leaves.

use super::*;
use serde_json::json;

const KEY: &str = "kiln0key0without0shape";

fn mask() -> Mask {
    Mask::knowing(&[KEY.to_owned(), "abc".to_owned()])
}

fn body(text: &str) -> String {
    String::from_utf8(mask().body(text.as_bytes())).expect("text")
}

#[test]
fn a_body_without_secrets_is_left_byte_for_byte() {
    for text in [
        "{ \"b\": 1,\r\n \"a\": \"abc\", \"a\": 1.50 }",
        "data: {\"b\":1,\"a\":2}\r\n\r\n: ping\n\ndata:{\"x\":0}\n\ndata:   [DONE]\n\n",
        "<html>Bad Gateway</html>",
        "",
    ] {
        assert_eq!(body(text), text);
    }
    assert_eq!(mask().body(b"\xff\xfe\n\xff"), b"\xff\xfe\n\xff");
}

#[test]
fn the_key_that_was_sent_is_masked_wherever_it_comes_back() {
    for (text, masked) in [
        (
            format!(r#"{{"error":{{"message":"Incorrect key: {KEY}."}}}}"#),
            r#"{"error":{"message":"Incorrect key: [REDACTED]."}}"#,
        ),
        (format!("data: {{\"a\":\"{KEY}\"}}\n\n"), "data: {\"a\":\"[REDACTED]\"}\n\n"),
        (format!("no JSON: {KEY}"), "no JSON: [REDACTED]"),
        (format!(r#"{{"e":"{KEY}","e":"x"}}"#), r#"{"e":"[REDACTED]","e":"x"}"#),
        (format!(r#"{{"{KEY}":1,"{KEY}":2}}"#), r#"{"[REDACTED]":1,"[REDACTED]":2}"#),
        (
            format!(r#"{{"logprobs":{{"a":["{KEY}"],"{KEY}":0}}}}"#),
            r#"{"logprobs":{"a":["[REDACTED]"],"[REDACTED]":0}}"#,
        ),
        (
            format!(r#"data: {{"e":"{KEY}","e":"\ud800"}}"#),
            r#"data: {"e":"[REDACTED]","e":"\ud800"}"#,
        ),
        (format!(": {KEY}\nevent: {KEY}\n"), ": [REDACTED]\nevent: [REDACTED]\n"),
    ] {
        assert_eq!(body(&text), masked);
    }
}

#[test]
fn between_bytes_that_are_no_text_the_key_is_masked_as_well() {
    for (before, behind) in [("{\"a\":\"", "\"}"), ("data: {\"a\":\"", "\"}\n\n"), ("", "")] {
        let whole =
            |key: &str| [before.as_bytes(), b"\xff", key.as_bytes(), behind.as_bytes()].concat();
        assert_eq!(mask().body(&whole(KEY)), whole("[REDACTED]"), "{before}");
    }
}

#[test]
fn what_is_shaped_like_a_key_is_masked_and_json_stays_json() {
    let mut value = json!({
        "messages": [{"content": "my key is sk-abc123456789"}],
        "password": "hunter2",
        "tools": [{"parameters": {"properties": {"token": {"type": "string"}}}}],
        "max_tokens": 4096,
        "logprobs": {"content": [{"token": "Hello"}]},
        "args": "{\"api_key\":\"abcdef\"}"
    });
    mask().json(&mut value);
    assert_eq!(
        value,
        json!({
            "messages": [{"content": "my key is [REDACTED]"}],
            "password": "[REDACTED]",
            "tools": [{"parameters": {"properties": {"token": {"type": "string"}}}}],
            "max_tokens": 4096,
            "logprobs": {"content": [{"token": "Hello"}]},
            "args": "{\"api_key\":\"[REDACTED]\"}"
        })
    );
}

#[test]
fn a_long_text_is_masked_to_its_end_and_keeps_its_length() {
    let long = "word ".repeat(14_000);
    assert_eq!(mask().text(&long), long);
    let image = "A".repeat(70_000);
    assert_eq!(mask().text(&image), image);
    let masked = mask().text(&format!("{long}sk-abc123456789 {long}")).into_owned();
    assert_eq!(masked.len(), 2 * long.len() + REDACTED.len() + 1);
    assert!(!masked.contains("sk-abc"));
}

#[test]
fn what_a_mask_cannot_take_out_is_found() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let escaped: String = KEY.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let nested = json!({"a": json!({"b": escaped}).to_string()}).to_string();
    let coded = STANDARD.encode(format!("user:{KEY}"));
    for text in [KEY, &escaped, &nested, &coded, &KEY[3..17]] {
        assert!(mask().finds(text.as_bytes()), "{text}");
    }
    for text in ["", "kiln0key", "without shape"] {
        assert!(!mask().finds(text.as_bytes()), "{text}");
    }
}

#[test]
fn more_than_can_be_searched_for_is_taken_to_stand_everywhere() {
    let mask = Mask::knowing(&["k".repeat(MAX_KNOWN_BYTES + 1)]);
    assert!(mask.finds(b"") && mask.text("anything") == REDACTED);
}
