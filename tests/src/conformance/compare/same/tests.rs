//! What counts as the same in requests, and what does not.

use serde_json::json;

use super::*;

fn same(protocol: &str, a: &Value, b: &Value) -> bool {
    let protocol = ProtocolName::from(protocol);
    let (mut a, mut b) = (a.clone(), b.clone());
    body(&protocol, &mut a);
    body(&protocol, &mut b);
    align(&protocol, &a, &mut b);
    a == b
}

#[test]
fn a_text_and_one_text_block_are_the_same_in_content_system_and_results() {
    let text = json!({"system": "s", "stream": false, "messages": [{"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "a", "content": "1"}]},
        {"role": "user", "content": "u"}]});
    let blocks = json!({"system": [{"type": "text", "text": "s"}], "messages": [
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a",
            "content": [{"type": "text", "text": "1"}]}]},
        {"role": "user", "content": [{"type": "text", "text": "u"}]}]});
    assert!(same("anthropic_messages", &text, &blocks));
    let mut marked = blocks.clone();
    marked["system"][0]["cache_control"] = json!({"type": "ephemeral"});
    assert!(!same("anthropic_messages", &text, &marked));
    let mut streamed = blocks;
    streamed["stream"] = true.into();
    assert!(!same("anthropic_messages", &text, &streamed));
}

#[test]
fn instructions_are_a_leading_system_item() {
    let instructions = json!({"instructions": "Be brief.", "input": "When?"});
    let item = json!({"input": [{"role": "system", "content": "Be brief."},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "When?"}]}]});
    assert!(same("openai_responses", &instructions, &item));
    let later = json!({"input": [{"role": "user", "content": "When?"},
        {"role": "system", "content": "Be brief."}]});
    assert!(!same("openai_responses", &instructions, &later));
}

#[test]
fn an_assistants_text_is_output_text_and_a_result_input_text() {
    let text = json!({"input": [{"role": "assistant", "content": "a"},
        {"type": "function_call_output", "call_id": "c", "output": "1"}]});
    let parts = json!({"input": [{"role": "assistant", "content": [{"type": "output_text", "text": "a"}]},
        {"type": "function_call_output", "call_id": "c",
            "output": [{"type": "input_text", "text": "1"}]}]});
    assert!(same("openai_responses", &text, &parts));
    let mut wrong = parts;
    wrong["input"][0]["content"][0]["type"] = "input_text".into();
    assert!(!same("openai_responses", &text, &wrong));
}

#[test]
fn a_detail_that_is_not_auto_counts() {
    let image = |detail: &str| {
        json!({"input": [{"role": "user", "content": [
            {"type": "input_image", "image_url": "u", "detail": detail}]}]})
    };
    let none = json!({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "u"}]}]});
    assert!(same("openai_responses", &image("auto"), &none));
    assert!(!same("openai_responses", &image("low"), &none));
}

#[test]
fn what_gemini_assumes_does_not_count() {
    let full = json!({"systemInstruction": {"role": "user", "parts": [{"text": "s"}]},
        "toolConfig": {"functionCallingConfig": {"mode": "AUTO"}},
        "contents": [{"role": "model", "parts": [
            {"functionCall": {"name": "t", "args": {}}, "thoughtSignature": "skip_thought_signature_validator"},
            {"fileData": {"fileUri": "u", "mimeType": "image/png"}}]}]});
    let bare = json!({"systemInstruction": {"parts": [{"text": "s"}]},
        "contents": [{"role": "model", "parts": [
            {"functionCall": {"name": "t"}}, {"fileData": {"fileUri": "u"}}]}]});
    assert!(same("gemini_generate_content", &full, &bare));
    for (pointer, other) in [
        ("/toolConfig/functionCallingConfig/mode", json!("ANY")),
        ("/contents/0/parts/0/functionCall/args", json!({"a": 1})),
        ("/contents/0/parts/0/thoughtSignature", json!("real")),
        ("/contents/0/role", json!("user")),
    ] {
        let mut full = full.clone();
        *full.pointer_mut(pointer).expect("there") = other;
        assert!(!same("gemini_generate_content", &full, &bare), "{pointer}");
    }
}
