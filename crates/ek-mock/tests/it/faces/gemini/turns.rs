//! Turns that a script gives as the API writes them, and prompts that are blocked.

use ek_core::{FinishReason, LlmResponse, NativeTurn, ProtocolName, RawJson};
use ek_mock::Script;
use ek_mock::wire::MockTransport;

use super::super::{ask, heard};
use super::over;

fn turn(json: &str, said: &str) -> LlmResponse {
    let json = RawJson::new(json).expect("JSON");
    let turn = NativeTurn::new(ProtocolName::GeminiGenerateContent, json, said, &[]);
    LlmResponse::text(said).with_native(turn)
}

#[tokio::test]
async fn the_parts_of_a_native_turn_come_as_they_are() {
    let candidate = r#"{"content":{"role":"model","parts":[{"text":"The moon.","thought":true},{"executableCode":{"code":"1+1"}},{"text":"Ebb at "},{"text":"noon.","thoughtSignature":"c2ln"}]},"groundingMetadata":{"webSearchQueries":["tide"]}}"#;
    let reply = turn(candidate, "Ebb at noon.");
    let real = over(&MockTransport::new(Script::cycling([reply]).with_chunk_chars(4)));
    for found in [ask(&real, "?").await, heard(&real).await] {
        let found = found.expect("a reply");
        assert_eq!(found.native.as_ref().map(NativeTurn::json), Some(candidate));
        assert_eq!(found.content, "Ebb at noon.");
        assert_eq!(found.reasoning.as_deref(), Some("The moon."));
    }
}

#[tokio::test]
async fn a_blocked_prompt_is_an_empty_reply_with_its_reason() {
    let reply = turn(r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}}"#, "");
    let real = over(&MockTransport::new(Script::cycling([reply])));
    for found in [ask(&real, "?").await, heard(&real).await] {
        let found = found.expect("a reply");
        assert_eq!(found.content, "");
        assert_eq!(found.finish_reason, Some(FinishReason::ContentFilter));
        assert_eq!(found.finish_reason_raw(), Some("PROHIBITED_CONTENT"));
    }
}

#[tokio::test]
async fn a_reason_of_the_api_comes_as_it_is() {
    let reply = LlmResponse::text("").with_finish_reason_word("MALFORMED_FUNCTION_CALL");
    let real = over(&MockTransport::new(Script::cycling([reply])));
    for found in [ask(&real, "?").await, heard(&real).await] {
        let found = found.expect("a reply");
        assert_eq!(found.finish_reason_raw(), Some("MALFORMED_FUNCTION_CALL"));
    }
}
