//! The conversation: each instruction, each result of a tool and each turn is a message.

use ek_core::{
    Arguments, CacheMark, Content, ContentPart, Message, NativeTurn, ProtocolName, RawJson,
    ToolCall,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::blocks::{Block, blocks};
use super::parts;
use crate::wire::dialect::parts::content;

/// A message as it is sent.
#[derive(Deserialize)]
struct Turn<'a> {
    role: String,
    #[serde(borrow)]
    content: &'a RawValue,
}

/// Reads instructions and conversation.
///
/// # Errors
///
/// What of it is no message.
pub(super) fn read(system: Option<&RawValue>, turns: &RawValue) -> Result<Vec<Message>, String> {
    let turns: Vec<Turn<'_>> = serde_json::from_str(turns.get())
        .map_err(|_| "`messages` is no list of messages, each with a role and content")?;
    let mut messages = Vec::new();
    if let Some(system) = system {
        messages.extend(instructions(system)?);
    }
    for turn in turns {
        match turn.role.as_str() {
            "user" => messages.extend(user(blocks(turn.content)?)),
            "assistant" => messages.push(assistant(turn.content)?),
            "system" => messages.extend(instructions(turn.content)?),
            _ => return Err("a message has a role that is none of user, assistant, system".into()),
        }
    }
    Ok(messages)
}

/// A message for each block: a client writes its system messages so.
fn instructions(raw: &RawValue) -> Result<Vec<Message>, String> {
    let message = |block: Block<'_>| {
        let (part, mark) = parts::part(block.object);
        let mut message = Message::system(content(vec![part]));
        message.cache = mark;
        message
    };
    Ok(blocks(raw)?.into_iter().map(message).collect())
}

/// The results of a user's turn and its words, in order.
fn user(blocks: Vec<Block<'_>>) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut said = Said::default();
    for mut block in blocks {
        if block.kind() != "tool_result" {
            said.add(block.object);
            continue;
        }
        messages.extend(std::mem::take(&mut said).message());
        let id = block.text("tool_use_id");
        let result = block.object.remove("content").map(result);
        let result = result.unwrap_or_else(|| Content::Text(String::new()));
        let mut message = Message::tool(id, result);
        message.is_error = block.object.get("is_error") == Some(&Value::Bool(true));
        message.cache = parts::take_mark(&mut block.object);
        messages.push(message);
    }
    messages.extend(said.message());
    messages
}

fn result(value: Value) -> Content {
    match value {
        Value::String(text) => Content::Text(text),
        Value::Array(items) => {
            let mut said = Said::default();
            for item in items {
                match item {
                    Value::Object(object) => said.add(object),
                    other => said.parts.push(ContentPart::Raw(other)),
                }
            }
            content(said.parts)
        }
        other => Content::Other(other),
    }
}

/// Parts in the making. The mark of the last one is that of the message.
#[derive(Default)]
struct Said {
    parts: Vec<ContentPart>,
    mark: Option<CacheMark>,
}

impl Said {
    fn add(&mut self, block: Map<String, Value>) {
        self.parts.extend(self.mark.take().map(ContentPart::CachePoint));
        let (part, mark) = parts::part(block);
        self.parts.push(part);
        self.mark = mark;
    }

    fn message(self) -> Option<Message> {
        if self.parts.is_empty() {
            return None;
        }
        let mut message = Message::user(content(self.parts));
        message.cache = self.mark;
        Some(message)
    }
}

/// The model's turn: text and calls, and all of it as it is written if there is more in it.
fn assistant(raw: &RawValue) -> Result<Message, String> {
    let blocks = blocks(raw)?;
    let (mut text, mut calls, mut mark, mut is_plain) = (String::new(), Vec::new(), None, true);
    for (number, mut block) in blocks.into_iter().enumerate() {
        is_plain &= mark.is_none();
        mark = parts::take_mark(&mut block.object);
        match block.kind() {
            "text" => {
                text.push_str(&block.text("text"));
                is_plain &= number == 0 && block.object.len() == 2;
            }
            "tool_use" => {
                let (id, name) = (block.text("id"), block.text("name"));
                calls.push(ToolCall::with_arguments(id, name, arguments(block.input)));
                is_plain &= block.object.len() == 4;
            }
            _ => is_plain = false,
        }
    }
    let mut message = Message::assistant(text).with_tool_calls(calls);
    message.cache = mark;
    if !is_plain {
        let kept = |_| "a message cannot be kept".to_owned();
        let json = RawJson::new(raw.get()).map_err(kept)?;
        let protocol = ProtocolName::AnthropicMessages;
        let turn = NativeTurn::new(protocol, json, &message.text(), &message.tool_calls);
        message.native = Some(turn);
    }
    Ok(message)
}

/// The arguments of a call. Those that were no JSON come within an object: Anthropic's advice.
fn arguments(input: Option<&RawValue>) -> Arguments {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Invalid {
        invalid_json: String,
    }
    let text = input.map_or("{}", RawValue::get);
    match serde_json::from_str::<Invalid>(text) {
        Ok(Invalid { invalid_json }) => Arguments::invalid(invalid_json),
        Err(_) => Arguments::from_text(text),
    }
}
