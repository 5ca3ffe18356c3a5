//! The conversation as the API wants it: instructions apart, one content for the messages of a role that
//! follow each other, the results of a turn's calls in their order and before the user's words.

use ek_core::{Message, Result, Role};

use super::calls::Calls;
use super::parts::Parts;
use super::{PROTOCOL, results, unsupported};
use crate::json::fields::Fields;
use crate::json::list::List;
use crate::json::object::Object;
use crate::json::overlay::{self, Change};
use crate::json::scalar;
use crate::json::scan::{self, Raw, Scanner, Unreadable};
use crate::protocol::gemini::call::CallFields;
use crate::protocol::object_arguments::object_of;
use crate::protocol::silence::says_nothing;
use crate::protocol::turns::{is_instruction, turns};

/// What the API takes in place of a signature that is lost.
const PLACEHOLDER: &str = "skip_thought_signature_validator";

/// Writes all instructions as one content; false if there are none.
///
/// # Errors
/// `Unsupported` for a part that has no counterpart.
pub(super) fn system(messages: &[Message], out: &mut Vec<u8>) -> Result<bool> {
    let mut object = Object::begin(out);
    let mut parts = Parts::begin(object.key("parts"));
    for message in messages.iter().filter(|message| is_instruction(message)) {
        if let Some(content) = &message.content {
            parts.content(content)?;
        }
    }
    let has_any = parts.end();
    object.end();
    Ok(has_any)
}

/// Writes the conversation.
///
/// # Errors
/// `Unsupported` for a role or a part that has no counterpart, `Config` for a result that answers no call.
pub(super) fn conversation(messages: &[Message], out: &mut Vec<u8>) -> Result<()> {
    let said = messages.iter().filter(|message| !is_instruction(message) && !is_silent(message));
    let said: Vec<&Message> = said.collect();
    let mut calls = Calls::default();
    let mut list = List::begin(out);
    for (role, turn) in turns(&said, role)? {
        let mut object = Object::begin(list.item());
        object.text("role", role);
        let mut parts = Parts::begin(object.key("parts"));
        if role == "user" {
            user_turn(turn, &calls, &mut parts)?;
        } else {
            for message in turn {
                model_turn(message, &mut calls, &mut parts)?;
            }
        }
        parts.end();
        object.end();
    }
    list.end();
    Ok(())
}

fn role(message: &Message) -> Result<&'static str> {
    match &message.role {
        Role::User | Role::Tool => Ok("user"),
        Role::Assistant => Ok("model"),
        other => Err(unsupported(&format!("the role `{}`", other.as_str()))),
    }
}

/// Whether a message comes to no part at all.
fn is_silent(message: &Message) -> bool {
    if message.role == Role::Tool || !message.tool_calls.is_empty() {
        return false;
    }
    if let Some(parts) = native(message) {
        return parts.is_empty();
    }
    says_nothing(message.content.as_ref(), str::is_empty)
}

/// Results first, in the order of their calls, then everything else.
fn user_turn(turn: &[&Message], calls: &Calls<'_>, parts: &mut Parts<'_>) -> Result<()> {
    let mut answers: Vec<&Message> =
        turn.iter().copied().filter(|message| message.role == Role::Tool).collect();
    answers.sort_by_key(|message| {
        let call = message.tool_call_id.as_deref().and_then(|id| calls.of_result(id));
        call.map_or(usize::MAX, |call| call.place)
    });
    for message in answers {
        results::write(message, calls, parts)?;
    }
    for message in turn.iter().filter(|message| message.role != Role::Tool) {
        if let Some(content) = &message.content {
            parts.content(content)?;
        }
    }
    Ok(())
}

fn model_turn<'a>(
    message: &'a Message,
    calls: &mut Calls<'a>,
    parts: &mut Parts<'_>,
) -> Result<()> {
    if let Some(native) = native(message) {
        let mut said = message.tool_calls.iter();
        let read = |part: &Raw<'a>| scan::read::<PartCall<'_>>(part.get()).unwrap_or_default();
        let mut is_signed = native.iter().any(|part| read(part).is_signed);
        for part in native {
            let call = read(&part).call;
            // Models before Gemini 3 sign no calls, and those after them refuse a turn without a signature.
            let lacks_signature = call.is_some() && !std::mem::replace(&mut is_signed, true);
            let placeholder =
                || ("thoughtSignature", Some(format!("\"{PLACEHOLDER}\"").into_bytes()));
            let changes: Vec<Change<'_>> = lacks_signature.then(placeholder).into_iter().collect();
            overlay::write(part.get(), &changes, parts.open());
            if let Some((call, said)) = call.and_then(|call| Some((call, said.next()?))) {
                calls.add(said, call.id());
            }
        }
        return Ok(());
    }
    if let Some(content) = &message.content {
        parts.content(content)?;
    }
    for (place, call) in message.tool_calls.iter().enumerate() {
        calls.add(call, None);
        let mut part = Object::begin(parts.open());
        let mut object = Object::begin(part.key("functionCall"));
        object.text("name", &call.name);
        object.key("args").extend_from_slice(object_of(&call.arguments).as_bytes());
        object.end();
        if place == 0 {
            part.text("thoughtSignature", PLACEHOLDER);
        }
        part.end();
    }
    Ok(())
}

/// The parts of the model's turn as this protocol wrote them, if they still hold.
fn native(message: &Message) -> Option<Vec<Raw<'_>>> {
    let candidate: Candidate<'_> = scan::read(message.native_for(&PROTOCOL)?).ok()?;
    Some(candidate.0)
}

/// The parts of a candidate.
#[derive(Default)]
struct Candidate<'a>(Vec<Raw<'a>>);

impl<'a> Fields<'a> for Candidate<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> std::result::Result<(), Unreadable> {
        if key != "content" {
            return value.skip();
        }
        value.entries(|key, value| match key {
            "parts" => value.value().map(|parts| self.0 = parts),
            _ => value.skip(),
        })
    }
}

/// The call of a part, and whether the part has a signature.
#[derive(Default)]
struct PartCall<'a> {
    call: Option<CallFields<'a>>,
    is_signed: bool,
}

impl<'a> Fields<'a> for PartCall<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> std::result::Result<(), Unreadable> {
        match key {
            "functionCall" | "function_call" => {
                self.call = value.optional()?;
            }
            "thoughtSignature" | "thought_signature" => {
                self.is_signed = scalar::is_set(value.value()?);
            }
            _ => value.skip()?,
        }
        Ok(())
    }
}
