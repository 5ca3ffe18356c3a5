//! The parts of a candidate: those of its native turn as they are, else what the fields of the reply say.

use std::collections::BTreeMap;

use ek_core::{LlmResponse, ProtocolName, ToolCall};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::wire::dialect::call_input::CallInput;
use crate::wire::dialect::identity;
use crate::wire::dialect::object::{Object, Part};

pub(super) fn text(text: &str, thought: bool) -> Part<'static> {
    let thought = thought.then_some(true);
    Part::Own(Object::new().with("text", text).with_some("thought", thought))
}

/// All parts of a reply, in order.
pub(super) fn of(whole: &LlmResponse) -> Vec<Part<'_>> {
    let said = |text: &&str| !text.is_empty();
    let thought = whole.reasoning.as_deref().filter(said).map(|said| text(said, true));
    let content = Some(whole.content.as_str()).filter(said).map(|said| text(said, false));
    let calls = whole.tool_calls.iter().enumerate();
    let calls = calls.map(|(place, call)| of_call(whole, call, place));
    thought.into_iter().chain(content).chain(calls).chain(signed_end(whole)).collect()
}

/// A call. What was thought before is signed on the first one.
pub(super) fn of_call(whole: &LlmResponse, call: &ToolCall, place: usize) -> Part<'static> {
    let is_signed = place == 0 && whole.reasoning.is_some();
    let function_call = Object::new()
        .with("id", &call.id)
        .with("name", &call.name)
        .with("args", CallInput::of(call));
    let part = Object::new().with("functionCall", function_call);
    let signature = is_signed.then(|| identity::signature(whole));
    Part::Own(part.with_some("thoughtSignature", signature))
}

/// The signature of what was thought, where no call bears it: on an empty text at the end, as the API
/// sends it.
pub(super) fn signed_end(whole: &LlmResponse) -> Option<Part<'static>> {
    let is_due = whole.reasoning.is_some() && whole.tool_calls.is_empty();
    let signature = is_due.then(|| identity::signature(whole))?;
    Some(Part::Own(Object::new().with("text", "").with("thoughtSignature", signature)))
}

/// A candidate of the turn that the script gives.
pub(super) struct Native<'a> {
    /// `None` if the prompt is blocked, and so there is no candidate.
    pub(super) parts: Option<Vec<&'a RawValue>>,
    /// What the server says of the prompt.
    pub(super) feedback: Option<&'a RawValue>,
    /// The other keys of the candidate.
    pub(super) more: BTreeMap<String, &'a RawValue>,
}

impl<'a> Native<'a> {
    /// The native turn, if it is one of this protocol and says what the fields say.
    pub(super) fn of(whole: &'a LlmResponse) -> Option<Self> {
        #[derive(Deserialize)]
        struct Content<'a> {
            #[serde(borrow, default)]
            parts: Vec<&'a RawValue>,
        }
        let turn = whole.native.as_ref()?;
        let holds = *turn.protocol() == ProtocolName::GeminiGenerateContent
            && turn.says(&whole.content, &whole.tool_calls);
        let keys = serde_json::from_str(turn.json()).ok().filter(|_| holds);
        let mut more: BTreeMap<String, &'a RawValue> = keys?;
        let content = more.remove("content");
        let feedback = more.remove("promptFeedback");
        let parts = content.and_then(|content| serde_json::from_str(content.get()).ok());
        let parts = parts.map(|content: Content<'a>| content.parts);
        let parts = parts.or_else(|| feedback.is_none().then(Vec::new));
        Some(Self { parts, feedback, more })
    }
}

/// The text of a part that holds nothing else, and whether it is a thought.
pub(super) fn plain_text(part: &RawValue) -> Option<(String, bool)> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Plain {
        text: String,
        #[serde(default)]
        thought: bool,
    }
    let plain: Plain = serde_json::from_str(part.get()).ok()?;
    Some((plain.text, plain.thought))
}
