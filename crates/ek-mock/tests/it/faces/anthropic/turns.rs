//! Turns that a script gives as the API writes them.

use ek_core::{FinishReason, LlmResponse, NativeTurn, ProtocolName, RawJson};
use ek_mock::Script;
use ek_mock::wire::MockTransport;

use super::super::{ask, heard};
use super::over;

#[tokio::test]
async fn the_blocks_of_a_native_turn_come_as_they_are() {
    let blocks = r#"[{"signature":"c2ln","thinking":"","type":"thinking"},{"data":"x","type":"redacted_thinking"},{"citations":[{"cited_text":"Ebb","type":"char_location"}],"text":"Ebb at noon.","type":"text"},{"id":"s","input":{"query":"tide"},"name":"web_search","type":"server_tool_use"},{"content":[],"tool_use_id":"s","type":"web_search_tool_result"}]"#;
    let json = RawJson::new(blocks).expect("JSON");
    let turn = NativeTurn::new(ProtocolName::AnthropicMessages, json, "Ebb at noon.", &[]);
    let reply = LlmResponse::text("Ebb at noon.").with_native(turn);
    let reply = reply.with_finish_reason(FinishReason::Paused);
    let real = over(&MockTransport::new(Script::cycling([reply]).with_chunk_chars(4)));
    let value = |reply: &LlmResponse| -> serde_json::Value {
        serde_json::from_str(reply.native.as_ref().expect("a turn").json()).expect("JSON")
    };
    let whole = ask(&real, "?").await.expect("a reply");
    assert_eq!(whole.native.as_ref().map(NativeTurn::json), Some(blocks));
    let streamed = heard(&real).await.expect("a reply");
    assert_eq!(value(&streamed), value(&whole));
    for reply in [whole, streamed] {
        assert_eq!(reply.content, "Ebb at noon.");
        assert_eq!(reply.finish_reason_raw(), Some("pause_turn"));
    }
}
