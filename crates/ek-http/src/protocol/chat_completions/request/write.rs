//! The parts of the payload as bytes: plain texts by hand, everything else by serde.

use std::borrow::Cow;

use ek_core::{Content, ContentPart, Message, ToolSpec};

use crate::json::object::Object;

/// Writes a conversation.
pub(crate) fn messages(messages: &[Message], out: &mut Vec<u8>) -> serde_json::Result<()> {
    out.push(b'[');
    for (at, message) in messages.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_message(message, out)?;
    }
    out.push(b']');
    Ok(())
}

/// Writes a message without the keys that only transcripts have.
fn write_message(message: &Message, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let mut object = Object::begin(out);
    object.text("role", message.role.as_str());
    match &message.content {
        None => {}
        // Nearly all bytes of nearly all requests are texts like these.
        Some(Content::Text(text)) => object.text("content", text),
        Some(Content::Parts(parts)) => write_parts(parts, object.key("content"))?,
        Some(content) => object.value("content", content)?,
    }
    if let Some(name) = &message.name {
        object.text("name", name);
    }
    if !message.tool_calls.is_empty() {
        object.value("tool_calls", &message.tool_calls)?;
    }
    if let Some(id) = &message.tool_call_id {
        object.text("tool_call_id", id);
    }
    for (key, value) in &message.extra {
        if !is_written(message, key) {
            serde_json::to_writer(object.any_key(key), value)?;
        }
    }
    object.end();
    Ok(())
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

/// Writes the parts without the marks among them and without the wish for citations. A text that had only
/// marks beside it is a plain text.
fn write_parts(parts: &[ContentPart], out: &mut Vec<u8>) -> serde_json::Result<()> {
    let is_mark = |part: &ContentPart| matches!(part, ContentPart::CachePoint(_));
    let sent = |part| match part {
        &ContentPart::File { citations: true, .. } => {
            Cow::Owned(ContentPart::clone(part).with_citations(false))
        }
        part => Cow::Borrowed(part),
    };
    let kept: Vec<_> = parts.iter().filter(|part| !is_mark(part)).map(sent).collect();
    if kept.len() == parts.len() {
        return serde_json::to_writer(out, &kept);
    }
    match kept.iter().map(Cow::as_ref).collect::<Vec<_>>().as_slice() {
        [] => serde_json::to_writer(out, ""),
        [ContentPart::Text(text)] => serde_json::to_writer(out, text),
        kept => serde_json::to_writer(out, kept),
    }
}

/// Writes the tools: schemas are text already, and the same ones go out with each turn.
pub(crate) fn tools(tools: &[ToolSpec], out: &mut Vec<u8>) {
    out.push(b'[');
    for (at, tool) in tools.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        match &tool.raw {
            Some(raw) => out.extend_from_slice(raw.as_str().as_bytes()),
            None => write_tool(tool, out),
        }
    }
    out.push(b']');
}

fn write_tool(tool: &ToolSpec, out: &mut Vec<u8>) {
    let kind = if tool.parameters.is_some() { "function" } else { "custom" };
    let mut object = Object::begin(out);
    object.text("type", kind);
    let mut inner = Object::begin(object.key(kind));
    inner.text("name", &tool.name);
    if let Some(description) = &tool.description {
        inner.text("description", description);
    }
    if let Some(schema) = &tool.parameters {
        inner.key("parameters").extend_from_slice(schema.as_str().as_bytes());
    }
    if let Some(strict) = tool.strict {
        let word: &[u8] = if strict { b"true" } else { b"false" };
        inner.key("strict").extend_from_slice(word);
    }
    inner.end();
    object.end();
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::{CacheMark, NativeTurn, ProtocolName, RawJson, Role, ToolCall};
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::json;

    const CACHE_POINT: ContentPart = ContentPart::CachePoint(CacheMark::new());

    fn any_message() -> impl Strategy<Value = Message> {
        let text = || "(?s:.|[\"\\\\\\x00-\\x20]){0,40}";
        let content = prop_oneof![
            4 => text().prop_map(|text| Some(Content::Text(text))),
            1 => text().prop_map(|text| Some(Content::Parts(vec![ContentPart::text(text)]))),
            1 => Just(Some(Content::Other(json!(null)))),
            1 => Just(None),
        ];
        let call = (text(), text()).prop_map(|(id, name)| ToolCall::new(id, name, "{\"a\":1}"));
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

    fn any_tool() -> impl Strategy<Value = ToolSpec> {
        let text = || "(?s:.|[\"\\\\\\x00-\\x20]){0,20}";
        let schema = option::of(select(vec!["{}", r#"{"z": 1,  "a":[2]}"#, "true", "null"]));
        let raw = option::of(select(vec![r#"{"type":"web_search"}"#, "[ 1 ]"]));
        let known = (text(), option::of(text()), schema, option::of(any::<bool>()));
        (known, raw).prop_map(|((name, description, schema, strict), raw)| {
            let json = |text| RawJson::new(text).expect("JSON");
            let mut tool = ToolSpec::custom(name, "");
            tool.description = description;
            tool.parameters = schema.map(json);
            tool.strict = strict;
            tool.raw = raw.map(json);
            tool
        })
    }

    proptest! {
        #[test]
        fn tools_are_written_as_serde_writes_them(all in vec(any_tool(), 0..4)) {
            let mut out = Vec::new();
            tools(&all, &mut out);
            let expected = serde_json::to_string(&all).expect("writes");
            prop_assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
        }

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
                messages(all, &mut out).map(|()| String::from_utf8(out).expect("UTF-8"))
            };
            prop_assert_eq!(written(&marked).expect("writes"), written(&all).expect("writes"));
        }

        #[test]
        fn a_conversation_is_written_as_serde_writes_it(all in vec(any_message(), 0..4)) {
            let mut out = Vec::new();
            messages(&all, &mut out).expect("writes");
            let expected = serde_json::to_string(&all).expect("writes");
            prop_assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
        }
    }

    #[test]
    fn marks_among_parts_are_left_out() {
        let image = || ContentPart::image_url("https://x.example/a.png");
        let file = || ContentPart::file_id("file-1");
        for (parts, expected) in [
            (vec![CACHE_POINT], json!("")),
            (vec![ContentPart::text("a")], json!([{"type": "text", "text": "a"}])),
            (vec![ContentPart::text("a"), CACHE_POINT], json!("a")),
            (vec![image(), CACHE_POINT], json!([image()])),
            (vec![file().with_citations(true)], json!([file()])),
            (vec![CACHE_POINT, image(), CACHE_POINT, image()], json!([image(), image()])),
        ] {
            let mut out = Vec::new();
            messages(&[Message::user(parts)], &mut out).expect("writes");
            let sent: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
            assert_eq!(sent[0]["content"], expected);
        }
    }

    #[test]
    fn an_object_without_keys_is_empty() {
        let mut out = Vec::new();
        Object::begin(&mut out).end();
        assert_eq!(out, b"{}");
    }
}
