//! Conversations are written in the shape of the OpenAI chat API, and read back without loss.

use std::time::Duration;

use ek_core::{CacheMark, ContentPart, LlmResponse, Message, ToolCall};
use serde_json::{Value, json};

#[test]
fn a_transcript_is_written_as_it_was_read() {
    let transcript = json!([
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": "x", "name": "ops"},
        {"role": "user", "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "text", "text": "cached", "cache_control": {"type": "ephemeral"}},
            {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}},
            {"type": "image_url", "image_url": {"url": "data:,", "detail": "low"}},
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            {"type": "file", "file": {"file_data": "data:,", "filename": "a.pdf"}},
            {"type": "file", "file": {"file_id": "file-1"}},
            {"type": "video_url", "video_url": {"url": "https://x.example/a.mp4"}},
            {"type": "cache_point"},
            {"type": "cache_point", "ttl": "1h"},
            {"type": "cache_point", "ttl": 5},
            7
        ], "cache_mark": {"ttl": "90s"}},
        {"role": "assistant", "content": null, "refusal": null, "annotations": [], "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "tide", "arguments": "{\"b\":1,\"a\":2}"}},
            {"id": "2", "type": "function", "index": 1, "extra_content": {"google": {"thought_signature": "c2ln"}},
             "function": {"name": "wind", "arguments": "{", "strict": true}},
            {"id": "3", "type": "custom", "custom": {"name": "shell", "input": "ls -l"}}
        ]},
        {"role": "tool", "tool_call_id": "1", "content": "04:12"},
        {"role": "assistant", "tool_calls": [], "content": {"odd": true}},
        {"role": "assistant", "tool_calls": null, "name": null, "reasoning_content": "Hm."},
        {"role": "tool", "tool_call_id": "2", "content": "calm", "is_error": true, "cache_mark": {}},
        {"role": "tool", "content": "", "is_error": false, "cache_mark": {"x": 1}, "native_turn": {"json": "{"}},
        {"role": "ipython", "content": "1", "cache_control": {"type": "ephemeral"}}
    ]);
    let messages: Vec<Message> = serde_json::from_value(transcript.clone()).expect("reads");
    assert_eq!(serde_json::to_value(&messages).expect("writes"), transcript);
    assert_eq!(messages[3].tool_calls.len(), 3);
    assert!(messages[3].tool_calls[2].is_custom());
    assert_eq!(messages[2].text(), "What is this?cached");
    assert_eq!(messages[2].cache.and_then(|mark| mark.ttl), Some(Duration::from_secs(90)));
    assert_eq!((messages[7].is_error, messages[7].cache), (true, Some(CacheMark::new())));
    assert_eq!((messages[8].is_error, messages[8].extra.len()), (false, 3));
}

#[test]
fn argument_text_is_written_as_the_model_wrote_it() {
    let call = ToolCall::new("1", "tide", r#"{"b": 1,  "a": 2}"#);
    let written = serde_json::to_string(&Message::assistant("").with_tool_calls([call]));
    assert!(written.expect("writes").contains(r#""{\"b\": 1,  \"a\": 2}""#));
}

#[test]
fn a_message_without_a_role_is_refused() {
    let error = serde_json::from_str::<Message>(r#"{"content":"x"}"#).expect_err("refused");
    assert!(error.to_string().contains("a message needs a role"), "{error}");
}

#[test]
fn parts_have_the_shape_of_the_chat_api() {
    let parts = [
        ContentPart::image_bytes("image/png", [1, 2, 3]),
        ContentPart::audio_bytes("wav", [1, 2, 3]),
        ContentPart::file_bytes("a.pdf", "application/pdf", [1, 2, 3]),
        ContentPart::audio_url("https://x.example/a.wav"),
        ContentPart::file_url("a.pdf", "https://x.example/a.pdf").with_citations(true),
        ContentPart::file_id("file-1"),
        ContentPart::image_file_id("file-2").with_detail("low"),
    ];
    assert_eq!(
        serde_json::to_value(parts).expect("writes"),
        json!([
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AQID"}},
            {"type": "input_audio", "input_audio": {"data": "AQID", "format": "wav"}},
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,AQID", "filename": "a.pdf"}},
            {"type": "audio_url", "audio_url": {"url": "https://x.example/a.wav"}},
            {"type": "file", "file": {"file_data": "https://x.example/a.pdf", "filename": "a.pdf"}, "citations": true},
            {"type": "file", "file": {"file_id": "file-1"}},
            {"type": "image_file", "image_file": {"file_id": "file-2", "detail": "low"}}
        ])
    );
}

fn next_turn(response: &LlmResponse) -> Value {
    serde_json::to_value(Message::from(response)).expect("writes")
}

#[test]
fn the_next_turn_carries_calls_and_refusal() {
    let calls = [
        ToolCall::new("1", "tide", "{}").with_extra("extra_content", json!({"sig": "x"})),
        ToolCall::custom("2", "shell", "ls"),
    ];
    let response = LlmResponse::default().with_tool_calls(calls).with_reasoning("Hm.");
    assert_eq!(
        next_turn(&response),
        json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "tide", "arguments": "{}"},
             "extra_content": {"sig": "x"}},
            {"id": "2", "type": "custom", "custom": {"name": "shell", "input": "ls"}}
        ]})
    );
    let refused = LlmResponse::default().with_refusal("No.");
    assert_eq!(next_turn(&refused), json!({"role": "assistant", "content": "", "refusal": "No."}));
}
