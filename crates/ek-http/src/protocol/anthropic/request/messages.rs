//! The conversation as the API wants it: instructions apart, roles that alternate, the results of a
//! turn's calls together and before the user's words.

use std::collections::HashSet;
use std::ptr;

use ek_core::{Content, ContentPart, Error, ErrorKind, Message, ProtocolName, Result, Role};

use super::blocks::Blocks;
use super::parts;
use crate::json::list::List;
use crate::json::object::Object;
use crate::protocol::anthropic::native::{Native, is_thinking};
use crate::protocol::call_ids::Ids;
use crate::protocol::names::{allowed, allowed_name};
use crate::protocol::object_arguments::object_of;
use crate::protocol::silence::{is_of_the_tool, says_nothing};
use crate::protocol::turns::{is_instruction, turns};
use crate::telemetry::left_out;

const PROTOCOL: ProtocolName = ProtocolName::AnthropicMessages;

/// The blocks that a result may hold.
const RESULT_BLOCKS: [&str; 5] = ["text", "image", "document", "search_result", "tool_reference"];

/// The content of a failed tool's result that says nothing: the API refuses an error without content.
const WORDLESS_ERROR: &str = "error";

/// Writes all instructions as one list of texts; false if there are none.
///
/// # Errors
/// `Unsupported` for a part that is no block.
pub(super) fn system(messages: &[Message], out: &mut Vec<u8>) -> Result<bool> {
    let instructions = messages.iter().filter(|message| is_instruction(message));
    let start = out.len();
    let mut blocks = Blocks::begin(out);
    for message in instructions {
        blocks.begin_message();
        write_content(message, &mut blocks)?;
    }
    blocks.end();
    Ok(out.len() > start + 2)
}

/// Writes the conversation. Where the model does not think, which `thinks` says, the turn that it goes on with
/// is sent without its thinking: the API refuses thinking there.
///
/// # Errors
/// `Unsupported` for a role or a part that has no counterpart, `Config` for a result that names no call.
pub(super) fn conversation(messages: &[Message], thinks: bool, out: &mut Vec<u8>) -> Result<()> {
    let quiet = if thinks { Vec::new() } else { going_on(messages) };
    let quiet: HashSet<*const Message> = quiet.into_iter().map(ptr::from_ref).collect();
    let is_quiet = |message: &Message| quiet.contains(&ptr::from_ref(message));
    let says = |message: &&Message| !is_silent(message, is_quiet(message));
    let mut said: Vec<&Message> =
        messages.iter().filter(|message| !is_instruction(message)).filter(says).collect();
    let trimmed = said.last().and_then(|last| without_space_at_its_end(last));
    if let (Some(last), Some(trimmed)) = (said.last_mut(), &trimmed) {
        *last = trimmed;
    }
    let mut ids = Ids::new(allowed, usize::MAX);
    let mut list = List::begin(out);
    for (role, turn) in turns(&said, role)? {
        let mut object = Object::begin(list.item());
        object.text("role", role);
        let mut blocks = Blocks::begin(object.key("content"));
        if role == "user" {
            user_turn(turn, &ids, &mut blocks)?;
        } else {
            model_turn(turn, &is_quiet, &mut ids, &mut blocks)?;
        }
        blocks.end();
        object.end();
    }
    list.end();
    Ok(())
}

/// The model's turn without the white space at its end, if it has some: as the last of a conversation, which
/// the model goes on with, the API refuses it.
fn without_space_at_its_end(message: &Message) -> Option<Message> {
    let is_rebuilt = message.tool_calls.is_empty() && Native::of(message).is_none();
    let content =
        message.content.as_ref().filter(|_| message.role == Role::Assistant && is_rebuilt);
    let has_space = |text: &str| text.ends_with(char::is_whitespace);
    let trimmed = match content? {
        Content::Text(text) if has_space(text) => Content::from(text.trim_end()),
        Content::Parts(parts) => {
            let words = |part: &ContentPart| match part {
                ContentPart::CachePoint(_) => false,
                part => part.as_text().is_none_or(|text| !text.trim().is_empty()),
            };
            let last = parts.iter().rposition(words)?;
            let text = parts[last].as_text().filter(|text| has_space(text))?;
            let end = ContentPart::text(text.trim_end());
            let more = parts[last + 1..].iter().cloned();
            Content::Parts(parts[..last].iter().cloned().chain([end]).chain(more).collect())
        }
        _ => return None,
    };
    let mut message = message.clone();
    message.content = Some(trimmed);
    Some(message)
}

fn role(message: &Message) -> Result<&'static str> {
    match &message.role {
        Role::User | Role::Tool => Ok("user"),
        Role::Assistant => Ok("assistant"),
        other => {
            let role = other.as_str();
            let why = format!("Anthropic's Messages API has no counterpart for the role `{role}`");
            Err(Error::new(ErrorKind::Unsupported, why))
        }
    }
}

/// Whether a message comes to no block at all. `is_quiet`: its thinking is left out.
fn is_silent(message: &Message, is_quiet: bool) -> bool {
    if message.role == Role::Tool || !message.tool_calls.is_empty() {
        return false;
    }
    if let Some(native) = Native::of(message) {
        return native.blocks.iter().all(|block| is_quiet && is_thinking(*block));
    }
    is_wordless(message.content.as_ref())
}

/// Whether a content comes to no block: blank texts are left out.
fn is_wordless(content: Option<&Content>) -> bool {
    says_nothing(content, |text| text.trim().is_empty())
}

/// Results first, in order, then everything else.
fn user_turn(turn: &[&Message], ids: &Ids<'_>, blocks: &mut Blocks<'_>) -> Result<()> {
    for result in turn.iter().filter(|message| message.role == Role::Tool) {
        blocks.begin_message();
        write_result(result, ids, blocks)?;
    }
    for message in turn.iter().filter(|message| message.role != Role::Tool) {
        blocks.begin_message();
        write_content(message, blocks)?;
    }
    Ok(())
}

fn write_result(message: &Message, ids: &Ids<'_>, blocks: &mut Blocks<'_>) -> Result<()> {
    let Some(id) = &message.tool_call_id else {
        let why = "a tool's message does not say which call it answers";
        return Err(Error::new(ErrorKind::Config, why));
    };
    let mut object = Object::begin(blocks.open());
    object.text("type", "tool_result");
    object.text("tool_use_id", &ids.of_result(id));
    match &message.content {
        content if message.is_error && is_wordless(content.as_ref()) => {
            object.text("content", WORDLESS_ERROR);
        }
        Some(Content::Text(text)) if text.trim().is_empty() => {}
        Some(Content::Text(text)) => object.text("content", text),
        Some(Content::Other(value)) if is_of_the_tool(value, &RESULT_BLOCKS) => {
            object.text("content", &value.to_string());
        }
        Some(content) => {
            let mut inner = Blocks::begin(object.key("content"));
            parts::write(content, &mut inner)?;
            inner.end();
        }
        None => {}
    }
    if message.is_error {
        object.key("is_error").extend_from_slice(b"true");
    }
    object.end();
    blocks.close();
    if let Some(mark) = message.cache {
        blocks.mark(mark);
    }
    Ok(())
}

fn write_content(message: &Message, blocks: &mut Blocks<'_>) -> Result<()> {
    if message.name.is_some() {
        left_out(&PROTOCOL, "messages.name");
    }
    if let Some(content) = &message.content {
        parts::write(content, blocks)?;
    }
    if let Some(mark) = message.cache {
        blocks.mark(mark);
    }
    Ok(())
}

fn model_turn<'a>(
    turn: &[&'a Message],
    is_quiet: &impl Fn(&Message) -> bool,
    ids: &mut Ids<'a>,
    blocks: &mut Blocks<'_>,
) -> Result<()> {
    for message in turn {
        blocks.begin_message();
        if let Some(mut native) = Native::of(message) {
            if is_quiet(message) {
                native.blocks.retain(|block| !is_thinking(*block));
            }
            message.tool_calls.iter().for_each(|call| ids.keep(&call.id));
            blocks.native(&native.blocks);
            if let Some(mark) = message.cache {
                blocks.mark(mark);
            }
            continue;
        }
        if let Some(content) = &message.content {
            parts::write(content, blocks)?;
        }
        for call in &message.tool_calls {
            let mut object = Object::begin(blocks.open());
            object.text("type", "tool_use");
            object.text("id", ids.of_call(&call.id));
            object.text("name", &allowed_name(&call.name));
            object.key("input").extend_from_slice(object_of(&call.arguments).as_bytes());
            object.end();
            blocks.close();
        }
        if let Some(mark) = message.cache {
            blocks.mark(mark);
        }
    }
    Ok(())
}

/// The model's messages since the user's last words. For the API they are one turn, however often tools were
/// called in it; words beside the results of tools belong to it.
fn going_on(messages: &[Message]) -> Vec<&Message> {
    let said: Vec<&Message> = messages.iter().filter(|message| !is_instruction(message)).collect();
    let is_model = |message: &Message| message.role == Role::Assistant;
    let runs = said.chunk_by(|one, next| is_model(one) == is_model(next)).rev();
    let has_results = |run: &[&Message]| run.iter().any(|message| message.role == Role::Tool);
    let mut turn: Vec<&Message> = runs
        .take_while(|run| run.iter().any(|message| is_model(message)) || has_results(run))
        .flat_map(|run| run.iter().rev().copied().filter(|message| is_model(message)))
        .collect();
    turn.reverse();
    turn
}

/// Whether the model goes on with a turn that calls tools and does not begin with its thinking, which the API
/// refuses where thinking with a budget is asked for. Later calls of a turn may come without thinking.
pub(super) fn goes_on_without_thinking(messages: &[Message]) -> bool {
    let turn = going_on(messages);
    let begins = |first: &&Message| Native::of(first).is_some_and(|own| own.begins_with_thinking());
    turn.iter().any(|message| !message.tool_calls.is_empty()) && !turn.first().is_some_and(begins)
}

/// The container in which the model's last turn goes on.
pub(super) fn container(messages: &[Message]) -> Option<String> {
    let at = messages.iter().rposition(|message| message.role == Role::Assistant)?;
    let native = Native::of(&messages[at])?;
    native.container_to_go_on_in(at + 1 == messages.len()).map(str::to_owned)
}
