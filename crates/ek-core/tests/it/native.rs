//! The model's turn as its protocol wrote it goes from the reply to the message and back to its protocol.

use ek_core::{
    CacheMark, Content, ContentPart, LlmResponse, Message, NativeTurn, ProtocolName, RawJson,
    ResponseAssembly, Role, ToolCall, ToolCallFragment,
};
use serde_json::json;

const BLOCKS: &str = r#"[ {"type":"thinking","signature":"c2ln","n":1.0},{"type":"text"} ]"#;
const OWN: ProtocolName = ProtocolName::AnthropicMessages;

fn reply() -> LlmResponse {
    let calls = [ToolCall::new("1", "tide", r#"{"b":1, "a":2}"#)];
    let json = RawJson::new(BLOCKS).expect("JSON");
    let turn = NativeTurn::new(OWN, json, "Ebb.", &calls);
    LlmResponse::text("Ebb.").with_tool_calls(calls).with_native(turn)
}

#[test]
fn a_turn_goes_back_to_its_protocol_alone_and_byte_for_byte() {
    let message = Message::from(&reply());
    assert_eq!(message.native_for(&OWN), Some(BLOCKS));
    assert_eq!(message.native_for(&ProtocolName::ChatCompletions), None);
    assert_eq!(Message::assistant("Ebb.").native_for(&OWN), None);
}

#[test]
fn an_edited_message_has_no_native_turn() {
    type Edit = fn(&mut Message);
    let edits: [Edit; 6] = [
        |message| message.content = Some("Flood.".into()),
        |message| message.content = Some([ContentPart::text("Ebb."), image()].into()),
        |message| message.content = Some(Content::Other(json!({"odd": true}))),
        |message| message.tool_calls.clear(),
        |message| message.tool_calls[0].id = "2".into(),
        |message| message.role = Role::User,
    ];
    for (at, edit) in edits.into_iter().enumerate() {
        let mut message = Message::from(&reply());
        edit(&mut message);
        assert_eq!(message.native_for(&OWN), None, "edit {at}");
    }
}

fn image() -> ContentPart {
    ContentPart::image_url("https://x.example/a.png")
}

#[test]
fn the_same_text_in_parts_and_a_mark_are_no_edit() {
    let mut message = Message::from(&reply());
    let mark = ContentPart::CachePoint(CacheMark::new());
    message.content = Some([ContentPart::text("Eb"), mark, ContentPart::text("b.")].into());
    assert_eq!(message.native_for(&OWN), Some(BLOCKS));
}

#[test]
fn invalid_arguments_in_a_form_that_can_be_sent_are_no_edit() {
    let calls = [ToolCall::new("1", "tide", r#"{"city":"Os"#)];
    let json = RawJson::new(BLOCKS).expect("JSON");
    let turn = NativeTurn::new(OWN, json, "", &calls);
    let mut message = Message::from(LlmResponse::text("").with_tool_calls(calls).with_native(turn));
    let call = &mut message.tool_calls[0];
    call.arguments = call.arguments.to_sendable().into_owned();
    assert!(call.arguments.is_valid());
    assert_eq!(message.native_for(&OWN), Some(BLOCKS));
}

#[test]
fn a_transcript_keeps_the_turn() {
    let message = Message::from(&reply());
    let text = serde_json::to_string(&message).expect("writes");
    let read: Message = serde_json::from_str(&text).expect("reads");
    assert_eq!(read, message);
    assert_eq!(read.native_for(&OWN), Some(BLOCKS));
}

#[test]
fn an_assembled_reply_has_the_turn_and_a_partial_one_has_none() {
    let mut assembly = ResponseAssembly::new();
    assembly.push_text("Ebb.");
    let call = ToolCallFragment::new().with_id("1").with_name("tide");
    assembly.push_tool_call(call.with_arguments(r#"{"b":1, "a":2}"#)).expect("a call");
    assembly.set_native_json(OWN, RawJson::new("[]").expect("JSON"));
    assembly.set_native_json(OWN, RawJson::new(BLOCKS).expect("JSON"));
    assert_eq!(assembly.partial().native, None);
    assert_eq!(assembly.finish().expect("a reply").native, reply().native);
}

#[test]
fn debug_shows_nothing_of_the_turn() {
    let shown = format!("{:?} {:?}", reply(), Message::from(&reply()));
    assert!(!shown.contains("c2ln"), "{shown}");
    let turn = format!("NativeTurn(anthropic_messages, <{} bytes>)", BLOCKS.len());
    assert_eq!(shown.matches(&turn).count(), 2, "{shown}");
}
