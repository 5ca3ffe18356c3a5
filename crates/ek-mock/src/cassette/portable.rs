//! A conversation by what it says, whatever protocol wrote it down: a recorded body has reasoning and
//! signatures under the protocol's own keys, a message at the trait has them in its native turn.

use ek_core::{Content, ContentPart, Message, Role};

/// The messages without native turns, marks for a cache and what the model's turn has beyond its text and
/// its calls; images of tools stand behind the results, as chat completions sends them.
pub(super) fn messages(all: &[Message]) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::with_capacity(all.len());
    let mut shown = Vec::new();
    for message in all {
        if message.role != Role::Tool {
            messages.extend(behind_results(&mut shown));
        }
        messages.push(portable(message, &mut shown));
    }
    messages.extend(behind_results(&mut shown));
    messages
}

fn behind_results(shown: &mut Vec<ContentPart>) -> Option<Message> {
    (!shown.is_empty()).then(|| Message::user(std::mem::take(shown)))
}

fn portable(message: &Message, shown: &mut Vec<ContentPart>) -> Message {
    let mut message = message.clone();
    (message.native, message.cache, message.is_error) = (None, None, false);
    if message.role == Role::Assistant {
        let text = message.text().into_owned();
        message.content = (!text.is_empty()).then_some(Content::Text(text));
        message.extra.clear();
    }
    if let Some(Content::Parts(parts)) = &mut message.content {
        let mut kept = Vec::with_capacity(parts.len());
        for part in std::mem::take(parts) {
            match part {
                ContentPart::CachePoint(_) => {}
                part @ (ContentPart::Image { .. }
                | ContentPart::Audio { .. }
                | ContentPart::File { .. })
                    if message.role == Role::Tool =>
                {
                    shown.push(part.with_citations(false));
                }
                part => kept.push(part.with_citations(false)),
            }
        }
        message.content = Some(match kept.as_mut_slice() {
            [] => Content::Text(String::new()),
            [ContentPart::Text(text)] => Content::Text(std::mem::take(text)),
            _ => Content::Parts(kept),
        });
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::{CacheMark, LlmResponse, NativeTurn, ProtocolName, RawJson, ToolCall};

    #[test]
    fn a_conversation_is_the_same_at_the_trait_and_on_the_wire() {
        let image = || ContentPart::image_url("https://x.example/a.png");
        let calls = [ToolCall::new("1", "tide", "{}"), ToolCall::new("2", "tide", "{}")];
        let json = RawJson::new(r#"{"reasoning":"Hm."}"#).expect("JSON");
        let turn = NativeTurn::new(ProtocolName::ChatCompletions, json, "", &calls);
        let reply = LlmResponse::text("").with_tool_calls(calls.clone()).with_native(turn);
        let mark = || ContentPart::CachePoint(CacheMark::new());
        let at_the_trait = [
            Message::user([ContentPart::text("?"), mark()]).with_cache(CacheMark::new()),
            reply.into(),
            Message::tool("1", [ContentPart::text("a"), image()]),
            Message::tool_error("2", "b"),
            Message::user("?"),
        ];
        let on_the_wire = [
            Message::user("?"),
            Message::assistant("").with_tool_calls(calls).with_extra("reasoning", "Hm."),
            Message::tool("1", "a"),
            Message::tool("2", "b"),
            Message::user([image()]),
            Message::user("?"),
        ];
        assert_eq!(messages(&at_the_trait), messages(&on_the_wire));
    }

    #[test]
    fn what_is_said_makes_a_difference() {
        let plain = || vec![Message::user("?"), Message::assistant("Ebb.")];
        for other in [
            vec![Message::user("!"), Message::assistant("Ebb.")],
            vec![Message::user("?"), Message::assistant("Flood.")],
            vec![Message::user("?").with_extra("k", 1), Message::assistant("Ebb.")],
        ] {
            assert_ne!(messages(&other), messages(&plain()));
        }
    }
}
