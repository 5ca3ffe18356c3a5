//! Turns that a script gives as the API writes them, and calls of tools that take free text.

use ek_core::{LlmResponse, NativeTurn, ProtocolName, RawJson, ToolCall};
use ek_mock::Script;
use ek_mock::wire::MockTransport;

use super::super::{ask, heard};
use super::over;

#[tokio::test]
async fn the_items_of_a_native_turn_come_as_they_are() {
    let items = r#"[{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"The moon"},{"type":"summary_text","text":" pulls."}],"encrypted_content":"g=="},{"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"tide"}},{"id":"msg_0","type":"message","role":"assistant","phase":"commentary","status":"completed","content":[{"type":"output_text","text":"I look.","annotations":[]}]},{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Ebb at noon.","annotations":[{"type":"url_citation"}]}]}]"#;
    let json = RawJson::new(items).expect("JSON");
    let turn = NativeTurn::new(ProtocolName::OpenAiResponses, json, "Ebb at noon.", &[]);
    let reply = LlmResponse::text("Ebb at noon.").with_native(turn);
    let real = over(&MockTransport::new(Script::cycling([reply]).with_chunk_chars(4)));
    for found in [ask(&real, "?").await, heard(&real).await] {
        let found = found.expect("a reply");
        assert_eq!(found.native.as_ref().map(NativeTurn::json), Some(items));
        assert_eq!(found.content, "Ebb at noon.");
        assert_eq!(found.reasoning.as_deref(), Some("The moon pulls."));
    }
}

#[tokio::test]
async fn a_tool_that_takes_free_text_is_called_with_it() {
    let call = ToolCall::custom("call_1", "shell", "ls -l\n\"a\"");
    let reply = LlmResponse::text("I look.").with_tool_calls([call.clone()]);
    let real = over(&MockTransport::new(Script::cycling([reply])));
    for found in [ask(&real, "?").await, heard(&real).await] {
        assert_eq!(found.expect("a reply").tool_calls, std::slice::from_ref(&call));
    }
}
