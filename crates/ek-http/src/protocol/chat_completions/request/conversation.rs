//! The conversation as the API takes it: texts by hand, everything else by serde.

use ek_core::{Content, Message, Role};

use super::calls::Calls;
use super::content::{self, Parts};
use crate::json::list::List;
use crate::json::object::Object;
use crate::protocol::chat_completions::PROTOCOL;
use crate::protocol::chat_completions::native::{SentBack, audio_id};

/// Writes a conversation.
pub(crate) fn messages(
    messages: &[Message],
    calls: &Calls<'_>,
    out: &mut Vec<u8>,
) -> serde_json::Result<()> {
    let mut list = List::begin(out);
    // What tools answered besides texts.
    let mut shown = Parts::new();
    for (at, message) in messages.iter().enumerate() {
        write_message(message, calls, &mut shown, list.item())?;
        let more_results = messages.get(at + 1).is_some_and(|next| next.role == Role::Tool);
        if !shown.is_empty() && !more_results {
            let mut object = Object::begin(list.item());
            object.text("role", Role::User.as_str());
            object.value("content", &shown)?;
            object.end();
            shown.clear();
        }
    }
    list.end();
    Ok(())
}

/// Writes a message without the keys that only transcripts have, and with those of its turn. `shown` gets
/// what a tool answered besides texts.
fn write_message<'a>(
    message: &'a Message,
    calls: &Calls<'_>,
    shown: &mut Parts<'a>,
    out: &mut Vec<u8>,
) -> serde_json::Result<()> {
    let turn = message.native_for(&PROTOCOL).map(SentBack::of).unwrap_or_default();
    let mut object = Object::begin(out);
    object.text("role", message.role.as_str());
    match (&message.content, turn.content) {
        (_, Some(content)) => object.key("content").extend_from_slice(content.get().as_bytes()),
        // Many servers refuse a message without the key, also beside calls.
        (None, None) if message.extra.contains_key("content") => {}
        (None, None) => object.value("content", &())?,
        // Nearly all bytes of nearly all requests are texts like these.
        (Some(Content::Text(text)), None) => object.text("content", text),
        (Some(Content::Parts(parts)), None) => {
            content::write(message, parts, shown, object.key("content"))?;
        }
        (Some(content), None) => object.value("content", content)?,
    }
    if let Some(name) = &message.name {
        object.text("name", name);
    }
    if !message.tool_calls.is_empty() {
        let mut list = List::begin(object.key("tool_calls"));
        for call in &message.tool_calls {
            serde_json::to_writer(list.item(), &calls.sendable(call))?;
        }
        list.end();
    }
    if let Some(id) = &message.tool_call_id {
        object.text("tool_call_id", &calls.id(id));
    }
    for (key, json) in &turn.keys {
        if !is_written(message, key) && !message.extra.contains_key(key) {
            write_key_of_turn(key, json.get(), object.any_key(key));
        }
    }
    for (key, value) in &message.extra {
        if !is_written(message, key) {
            serde_json::to_writer(object.any_key(key), value)?;
        }
    }
    object.end();
    Ok(())
}

/// Writes what a turn has under a key. The API wants a reference to its audio, and not the data.
fn write_key_of_turn(key: &str, json: &str, out: &mut Vec<u8>) {
    match audio_id(json).filter(|_| key == "audio") {
        Some(id) => {
            let mut audio = Object::begin(out);
            audio.key("id").extend_from_slice(id.get().as_bytes());
            audio.end();
        }
        None => out.extend_from_slice(json.as_bytes()),
    }
}

/// Whether a key of `extra` stands in the message already, or has no place in a payload.
fn is_written(message: &Message, key: &str) -> bool {
    match key {
        "role" | "native_turn" => true,
        "content" => message.content.is_some(),
        "name" => message.name.is_some(),
        "tool_calls" => !message.tool_calls.is_empty(),
        "tool_call_id" => message.tool_call_id.is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::{Arguments, CacheMark, ContentPart, NativeTurn, ProtocolName, RawJson, ToolCall};
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const CACHE_POINT: ContentPart = ContentPart::CachePoint(CacheMark::new());

    fn calls() -> Calls<'static> {
        Calls::new("acme-7b", Some(&[]))
    }

    fn any_message() -> impl Strategy<Value = Message> {
        let text = || "(?s:.|[\"\\\\\\x00-\\x20]){0,40}";
        let content = prop_oneof![
            4 => text().prop_map(|text| Some(Content::Text(text))),
            1 => text().prop_map(|text| Some(Content::Parts(vec![ContentPart::text(text)]))),
            1 => Just(Some(Content::Other(json!(null)))),
            1 => Just(None),
        ];
        let call =
            (text(), "[a-z_-]{1,64}").prop_map(|(id, name)| ToolCall::new(id, name, "{\"a\":1}"));
        let known = (text(), content, option::of(text()), vec(call, 0..3), option::of(text()));
        let extra = vec((text(), text()), 0..2);
        (known, extra).prop_map(|((role, content, name, calls, id), extra)| {
            let mut message = Message::new(Role::from(role.as_str()), "");
            message.content = content;
            message.name = name;
            message.tool_calls = calls;
            message.tool_call_id = id;
            extra.into_iter().fold(message, |message, (key, value)| message.with_extra(key, value))
        })
    }

    proptest! {
        #[test]
        fn what_only_transcripts_have_is_not_sent(all in vec(any_message(), 1..4)) {
            let mut marked = all.clone();
            for message in &mut marked {
                message.is_error = true;
                message.cache = Some(CacheMark::new());
                let json = RawJson::from(json!({"thoughts": []}));
                message.native = Some(NativeTurn::new(ProtocolName::AnthropicMessages, json, "", &[]));
                message.extra.insert("native_turn".into(), json!("MARK"));
                if let Some(Content::Text(text)) = &message.content {
                    let parts = [CACHE_POINT, ContentPart::text(text), CACHE_POINT];
                    message.content = Some(Content::from(parts));
                }
            }
            let written = |all: &[Message]| {
                let mut out = Vec::new();
                messages(all, &calls(), &mut out).map(|()| String::from_utf8(out).expect("UTF-8"))
            };
            prop_assert_eq!(written(&marked).expect("writes"), written(&all).expect("writes"));
        }

        #[test]
        fn a_conversation_is_written_as_serde_writes_it(all in vec(any_message(), 0..4)) {
            let mut out = Vec::new();
            messages(&all, &calls(), &mut out).expect("writes");
            // A message without content says so.
            let says_so = |message: &Message| {
                let mut message = message.clone();
                message.content.get_or_insert(Content::Other(Value::Null));
                message
            };
            let all: Vec<_> = all.iter().map(says_so).collect();
            let expected = serde_json::to_string(&all).expect("writes");
            prop_assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
        }
    }

    fn sent(all: &[Message]) -> Value {
        let mut out = Vec::new();
        messages(all, &calls(), &mut out).expect("writes");
        serde_json::from_slice(&out).expect("JSON")
    }

    #[test]
    fn images_of_tools_follow_the_last_result_as_the_user_s() {
        let image = |name: &str| ContentPart::image_url(format!("https://x.example/{name}"));
        let all = [
            Message::tool("1", [ContentPart::text("A map"), image("a")]),
            Message::tool("2", [image("b")]),
            Message::tool_error("3", "none"),
            Message::user("?"),
            Message::tool("4", [image("c")]),
        ];
        let expected = json!([
            {"role": "tool", "content": "A map", "tool_call_id": "1"},
            {"role": "tool", "content": "", "tool_call_id": "2"},
            {"role": "tool", "content": "none", "tool_call_id": "3"},
            {"role": "user", "content": [image("a"), image("b")]},
            {"role": "user", "content": "?"},
            {"role": "tool", "content": "", "tool_call_id": "4"},
            {"role": "user", "content": [image("c")]},
        ]);
        assert_eq!(sent(&all), expected);
    }

    #[test]
    fn a_message_without_content_says_so() {
        let mut message = Message::assistant("").with_tool_calls([ToolCall::new("1", "t", "{}")]);
        message.content = None;
        assert_eq!(sent(std::slice::from_ref(&message))[0].get("content"), Some(&Value::Null));
        let own = message.with_extra("content", "mine");
        assert_eq!(sent(&[own])[0]["content"], "mine");
    }

    #[test]
    fn arguments_that_are_no_object_stand_in_one() {
        let invalid = ToolCall::with_arguments("1", "t", Arguments::invalid("{\"a\":\"x"));
        let custom = ToolCall::custom("2", "c", "{\"a");
        let message = Message::assistant("").with_tool_calls([invalid, custom]);
        let calls = &sent(&[message])[0]["tool_calls"];
        assert_eq!(calls[0]["function"]["arguments"], r#"{"invalid_json":"{\"a\":\"x"}"#);
        assert_eq!(calls[1]["custom"]["input"], "{\"a");
    }

    fn turn(protocol: ProtocolName, keys: &str) -> Message {
        let json = RawJson::new(keys).expect("JSON");
        let turn = NativeTurn::new(protocol, json, "Ebb.", &[]);
        ek_core::LlmResponse::text("Ebb.").with_native(turn).into()
    }

    #[test]
    fn a_turn_of_this_protocol_is_sent_back_byte_for_byte_until_it_is_edited() {
        let keys =
            r#"{"reasoning":"H\u006d.", "sig":[1e2, 1e999],"content":[{"type":"x"}],"role":"x"}"#;
        let mut message = turn(PROTOCOL, keys);
        let written = |message: &Message| {
            let mut out = Vec::new();
            messages(std::slice::from_ref(message), &calls(), &mut out).expect("writes");
            String::from_utf8(out).expect("UTF-8")
        };
        let expected = r#"[{"role":"assistant","content":[{"type":"x"}],"reasoning":"H\u006d.","sig":[1e2, 1e999]}]"#;
        assert_eq!(written(&message), expected);
        message.content = Some("Flood.".into());
        let flat = r#"[{"role":"assistant","content":"Flood."}]"#;
        assert_eq!(written(&message), flat);
    }

    #[test]
    fn turns_of_other_protocols_and_of_no_object_are_sent_flat() {
        for message in [turn(ProtocolName::AnthropicMessages, r#"{"a":1}"#), turn(PROTOCOL, "[7]")]
        {
            assert_eq!(sent(&[message]), json!([{"role": "assistant", "content": "Ebb."}]));
        }
    }

    #[test]
    fn what_the_caller_adds_to_a_message_wins_over_its_turn() {
        let message = turn(PROTOCOL, r#"{"sig":1,"more":2}"#).with_extra("sig", 3);
        let expected = json!([{"role": "assistant", "content": "Ebb.", "sig": 3, "more": 2}]);
        assert_eq!(sent(&[message]), expected);
    }

    #[test]
    fn audio_goes_back_by_its_id() {
        let with_id = turn(PROTOCOL, r#"{"audio":{"data":"AAAA","id":"a1"}}"#);
        assert_eq!(sent(&[with_id])[0]["audio"], json!({"id": "a1"}));
        let without = turn(PROTOCOL, r#"{"audio":{"data":"AAAA","id":null}}"#);
        assert_eq!(sent(&[without])[0]["audio"], json!({"data": "AAAA", "id": null}));
    }
}
