//! One item of a response's output: what it is, and what it says.

use std::borrow::Cow;

use ek_core::{Arguments, ToolCall};

use crate::json::fields::Fields;
use crate::json::scan::{self, Raw, Readable, Scanner, Unreadable};
use crate::json::{scalar, string};
use crate::protocol::arguments;

/// What an item is, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    Reasoning,
    /// A call of a function of the request.
    Call,
    /// A call of a tool that takes free text.
    CustomCall,
    /// The result of either: the server has run the call itself.
    CallOutput,
    /// Any other type: it goes back, and nothing is made of it. So do the calls of tools that the
    /// provider has built in, wherever they run.
    Other,
}

impl Kind {
    /// The kind of an item of this type.
    fn of_type(kind: &str) -> Self {
        match kind {
            "message" => Self::Message,
            "reasoning" => Self::Reasoning,
            "function_call" => Self::Call,
            "custom_tool_call" => Self::CustomCall,
            "function_call_output" | "custom_tool_call_output" => Self::CallOutput,
            _ => Self::Other,
        }
    }

    pub(super) fn is_call(self) -> bool {
        matches!(self, Self::Call | Self::CustomCall)
    }
}

/// The keys of an item that matter. Keys given twice: the last one counts.
#[derive(Default, Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) is_object: bool,
    kind: Option<Kind>,
    pub(super) id: Option<Raw<'a>>,
    pub(super) call_id: Option<Raw<'a>>,
    name: Option<Raw<'a>>,
    arguments: Option<Raw<'a>>,
    input: Option<Raw<'a>>,
    status: Option<Raw<'a>>,
    phase: Option<Raw<'a>>,
    role: Option<Raw<'a>>,
    content: Option<Raw<'a>>,
    pub(super) summary: Option<Raw<'a>>,
    encrypted: Option<Raw<'a>>,
    /// That of another vendor's model, as OpenRouter hands it on.
    signature: Option<Raw<'a>>,
}

impl<'a> Fields<'a> for Item<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        self.is_object = true;
        let raw: Raw<'a> = value.value()?;
        let value = Some(raw);
        match key {
            "type" => self.kind = scalar::word(raw).map(|kind| Kind::of_type(&kind)),
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
            "signature" => self.signature = value,
            _ => {}
        }
        Ok(())
    }
}

/// An item of a list, and its text.
#[derive(Clone, Copy)]
pub(super) struct Listed<'a> {
    pub(super) item: Item<'a>,
    pub(super) json: &'a str,
}

impl<'a> Listed<'a> {
    /// Reads the text of an item.
    pub(super) fn of(json: &'a str) -> Self {
        Self { item: Item::read(json), json }
    }
}

impl<'a> Readable<'a> for Listed<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        let (item, raw) = scanner.with_text()?;
        Ok(Self { item, json: raw.get() })
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
        let untyped = || match self.role.and(self.content) {
            Some(_) => Kind::Message,
            None => Kind::Other,
        };
        self.kind.unwrap_or_else(untyped)
    }

    /// Whether the message is no part of the answer: what the model says while it works.
    pub(super) fn is_commentary(&self) -> bool {
        self.phase.is_some_and(|phase| phase.get() == "\"commentary\"")
    }

    /// The id that results name: the call's own, else the item's, which some servers send alone.
    pub(super) fn call_id(&self) -> Option<Cow<'a, str>> {
        self.call_id.and_then(scalar::word).or_else(|| self.id.and_then(scalar::word))
    }

    /// Whether the item is called so: by its own id, or by that of its call.
    pub(super) fn is_called(&self, id: &str) -> bool {
        let is_it = |raw: Option<Raw<'_>>| raw.and_then(scalar::word).is_some_and(|own| own == id);
        is_it(self.id) || is_it(self.call_id)
    }

    /// What the item is called by.
    pub(super) fn any_id(&self) -> Option<Raw<'a>> {
        self.id.filter(|id| scalar::word(*id).is_some()).or(self.call_id)
    }

    /// Whether nothing stands where the item's own texts are due.
    pub(super) fn is_bare(&self) -> bool {
        match self.kind() {
            Kind::Message => is_empty(self.content),
            Kind::Reasoning => is_empty(self.content) && is_empty(self.summary),
            Kind::Call => is_empty(self.arguments),
            Kind::CustomCall => is_empty(self.input),
            Kind::CallOutput | Kind::Other => false,
        }
    }

    /// Whether results can name the call by a key that is in it.
    pub(super) fn has_call_id(&self) -> bool {
        self.call_id.and_then(scalar::word).is_some()
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
        match value.map_or("null", Raw::get) {
            "null" => String::new(),
            json if json.starts_with('"') => string::read(json).into_owned(),
            json => json.to_owned(),
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
            false => arguments::read(text),
        };
        ToolCall::with_arguments(id, name, arguments)
    }

    /// Whether another server than the one that wrote it can take the reasoning up again.
    pub(super) fn holds_its_reasoning(&self) -> bool {
        let mut seals = [self.encrypted, self.signature].into_iter().flatten();
        seals.any(|seal| scalar::word(seal).is_some()) || !reasoning(self.content).is_empty()
    }

    pub(super) fn said(&self) -> Said {
        let mut said = Said::default();
        match self.kind() {
            Kind::Message if !self.is_commentary() => {
                each_text(self.content, |kind, text| match kind {
                    "output_text" | "text" => said.content.push_str(&text),
                    "refusal" => said.refusal.push_str(&text),
                    _ => {}
                });
            }
            Kind::Reasoning => {
                each_text(self.summary, |kind, text| {
                    if matches!(kind, "summary_text" | "text") {
                        said.reasoning.push_str(&text);
                    }
                });
                if said.reasoning.is_empty() {
                    said.reasoning = reasoning(self.content);
                }
            }
            _ => {}
        }
        said
    }
}

/// Whether a value is missing, or a text or a list with nothing in it.
fn is_empty(value: Option<Raw<'_>>) -> bool {
    let json = value.map_or("null", Raw::get);
    let inner = json.strip_prefix(['"', '[']).and_then(|rest| rest.strip_suffix(['"', ']']));
    json == "null" || inner.is_some_and(|inner| inner.trim().is_empty())
}

/// The reasoning in the content of an item.
fn reasoning(content: Option<Raw<'_>>) -> String {
    let mut reasoning = String::new();
    each_text(content, |kind, text| {
        if matches!(kind, "reasoning_text" | "text") {
            reasoning.push_str(&text);
        }
    });
    reasoning
}

/// Gives the type and the text of each part to `take`. A mere text counts as one part, and so does a lone
/// part.
fn each_text<'a>(parts: Option<Raw<'a>>, mut take: impl FnMut(&str, Cow<'a, str>)) {
    let Some(parts) = parts else { return };
    if parts.get().starts_with('"') {
        return take("text", string::read(parts.get()));
    }
    let mut each = |part: Part<'a>| {
        if let (Some(kind), Some(text)) = (part.kind(), part.raw_text()) {
            take(&kind, string::read(text.get()));
        }
    };
    if parts.get().starts_with('{') {
        return scan::read(parts.get()).map(each).unwrap_or_default();
    }
    // Anything else but a list has no parts.
    let _ = scan::items(parts.get(), |value| value.value().map(&mut each));
}

/// A part of a message, a summary or a reasoning's content.
#[derive(Default)]
pub(super) struct Part<'a> {
    kind: Option<Raw<'a>>,
    text: Option<Raw<'a>>,
    refusal: Option<Raw<'a>>,
}

impl<'a> Part<'a> {
    pub(super) fn kind(&self) -> Option<Cow<'a, str>> {
        self.kind.and_then(scalar::word)
    }

    /// Its text as JSON.
    pub(super) fn raw_text(&self) -> Option<Raw<'a>> {
        self.text.or(self.refusal).filter(|text| text.get().starts_with('"'))
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
