//! One item of a response's output: what it is, and what it says.

use ek_core::{Arguments, ToolCall};

use crate::json::fields::Fields;
use crate::json::scan::{self, Raw, Scanner, Unreadable};
use crate::json::{scalar, string};

/// What an item is, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    Reasoning,
    /// A call of a function of the request.
    Call,
    /// A call of a tool that takes free text.
    CustomCall,
    /// Any other type: it goes back, and nothing is made of it. So do the calls of tools that the
    /// provider has built in, whoever runs them.
    Other,
}

impl Kind {
    pub(super) fn is_call(self) -> bool {
        matches!(self, Self::Call | Self::CustomCall)
    }
}

/// The keys of an item that matter. Keys given twice: the last one counts.
#[derive(Default, Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) is_object: bool,
    kind: Option<Raw<'a>>,
    pub(super) id: Option<Raw<'a>>,
    call_id: Option<Raw<'a>>,
    name: Option<Raw<'a>>,
    arguments: Option<Raw<'a>>,
    input: Option<Raw<'a>>,
    status: Option<Raw<'a>>,
    phase: Option<Raw<'a>>,
    role: Option<Raw<'a>>,
    content: Option<Raw<'a>>,
    pub(super) summary: Option<Raw<'a>>,
    encrypted: Option<Raw<'a>>,
}

impl<'a> Fields<'a> for Item<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        self.is_object = true;
        let value = Some(value.value()?);
        match key {
            "type" => self.kind = value,
            "id" => self.id = value,
            "call_id" => self.call_id = value,
            "name" => self.name = value,
            "arguments" => self.arguments = value,
            "input" => self.input = value,
            "status" => self.status = value,
            "phase" => self.phase = value,
            "role" => self.role = value,
            "content" => self.content = value,
            "summary" => self.summary = value,
            "encrypted_content" => self.encrypted = value,
            _ => {}
        }
        Ok(())
    }
}

/// The texts of an item, joined in order with nothing between them.
#[derive(Debug, Default, Clone)]
pub(super) struct Said {
    pub(super) content: String,
    pub(super) reasoning: String,
    pub(super) refusal: String,
}

impl<'a> Item<'a> {
    /// Reads an item; anything that is no object has no keys.
    pub(super) fn read(json: &'a str) -> Self {
        scan::read(json).unwrap_or_default()
    }

    pub(super) fn kind(&self) -> Kind {
        match self.kind.and_then(scalar::text).as_deref() {
            Some("message") => Kind::Message,
            Some("reasoning") => Kind::Reasoning,
            Some("function_call") => Kind::Call,
            Some("custom_tool_call") => Kind::CustomCall,
            None if self.role.is_some() && self.content.is_some() => Kind::Message,
            _ => Kind::Other,
        }
    }

    /// Whether the message is no part of the answer: what the model says while it works.
    pub(super) fn is_commentary(&self) -> bool {
        self.phase.is_some_and(|phase| phase.get() == "\"commentary\"")
    }

    /// The id that results name: the call's own, else the item's, which some servers send alone.
    pub(super) fn call_id(&self) -> Option<String> {
        self.call_id.and_then(scalar::text).or_else(|| self.id.and_then(scalar::text))
    }

    /// Whether results can name the call by a key that is in it.
    pub(super) fn has_call_id(&self) -> bool {
        self.call_id.and_then(scalar::text).is_some()
    }

    pub(super) fn name(&self) -> Option<String> {
        self.name.and_then(scalar::text)
    }

    /// What the call hands to its tool, as text; nothing for any other item.
    pub(super) fn handed(&self) -> String {
        let value = match self.kind() {
            Kind::Call => self.arguments,
            Kind::CustomCall => self.input,
            _ => None,
        };
        match value.map(Raw::get) {
            Some(json) if json.starts_with('"') => string::read(json).into_owned(),
            Some(json) if json.starts_with(['{', '[']) => json.to_owned(),
            _ => String::new(),
        }
    }

    /// The call under this id. `is_cut`: the reply ended before it was whole.
    pub(super) fn call(&self, id: String, name: String, is_cut: bool) -> ToolCall {
        let text = self.handed();
        if self.kind() == Kind::CustomCall {
            return ToolCall::custom(id, name, text);
        }
        let is_open = is_cut && self.status.is_none_or(|status| status.get() != "\"completed\"");
        let arguments = match is_open && text.trim().is_empty() {
            true => Arguments::invalid(text),
            false => Arguments::from_text(text),
        };
        ToolCall::with_arguments(id, name, arguments)
    }

    /// Whether another server than the one that wrote it can take the reasoning up again.
    pub(super) fn holds_its_reasoning(&self) -> bool {
        let is_encrypted = self.encrypted.and_then(scalar::text).is_some();
        is_encrypted || !texts(self.content, &["reasoning_text", "text"]).is_empty()
    }

    pub(super) fn said(&self) -> Said {
        let mut said = Said::default();
        match self.kind() {
            Kind::Message if !self.is_commentary() => {
                said.content = texts(self.content, &["output_text", "text"]);
                said.refusal = texts(self.content, &["refusal"]);
            }
            Kind::Reasoning => {
                said.reasoning = texts(self.summary, &["summary_text", "text"]);
                if said.reasoning.is_empty() {
                    said.reasoning = texts(self.content, &["reasoning_text", "text"]);
                }
            }
            _ => {}
        }
        said
    }
}

/// The texts of the parts of these types. A mere text counts as one part, but for a refusal, and so does a
/// lone part.
fn texts(parts: Option<Raw<'_>>, types: &[&str]) -> String {
    let Some(parts) = parts else { return String::new() };
    if parts.get().starts_with('"') && !types.contains(&"refusal") {
        return string::read(parts.get()).into_owned();
    }
    let parts: Vec<Raw<'_>> = match parts.get().starts_with('{') {
        true => vec![parts],
        false => scan::read(parts.get()).unwrap_or_default(),
    };
    let texts = parts.iter().filter_map(|part| {
        let part: Part<'_> = scan::read(part.get()).ok()?;
        types.contains(&part.kind()?.as_str()).then(|| part.text()).flatten()
    });
    texts.collect()
}

/// A part of a message, a summary or a reasoning's content.
#[derive(Default)]
pub(super) struct Part<'a> {
    kind: Option<Raw<'a>>,
    text: Option<Raw<'a>>,
    refusal: Option<Raw<'a>>,
}

impl<'a> Part<'a> {
    pub(super) fn kind(&self) -> Option<String> {
        self.kind.and_then(scalar::text)
    }

    /// Its text as JSON.
    pub(super) fn raw_text(&self) -> Option<Raw<'a>> {
        self.text.or(self.refusal).filter(|text| text.get().starts_with('"'))
    }

    fn text(&self) -> Option<String> {
        self.raw_text().map(|text| string::decode(text.get()))
    }
}

impl<'a> Fields<'a> for Part<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "type" => self.kind = Some(value.value()?),
            "text" => self.text = Some(value.value()?),
            "refusal" => self.refusal = Some(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}
