//! One message of a conversation, in the shape of the OpenAI chat API and back without loss.

use std::fmt;

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::obscure;
use crate::response::ReasoningForm;
use crate::{Content, LlmResponse, ToolCall};

/// Who speaks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Instructions of the application.
    System,
    /// Instructions of the application, as newer OpenAI models call them.
    Developer,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// The result of a tool.
    Tool,
    /// Any other word.
    Other(String),
}

impl Role {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::System => "system",
            Self::Developer => "developer",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for Role {
    fn from(word: &str) -> Self {
        match word {
            "system" => Self::System,
            "developer" => Self::Developer,
            "user" => Self::User,
            "assistant" => Self::Assistant,
            "tool" => Self::Tool,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// One message of a conversation.
///
/// Serialises to the OpenAI chat shape and reads it back without loss: what this struct does not
/// model, and known keys with a value of another shape (`"tool_calls": null`), are kept in
/// [`extra`](Self::extra) and written again. Only the arguments of tool calls are brought into the
/// API's form: none at all become `{}`, an object its text. `Debug` shows roles and lengths, never texts.
///
/// ```
/// use ek_core::Message;
/// let conversation = [Message::system("Be brief."), Message::user("What is a kiln?")];
/// let json = serde_json::to_string(&conversation).unwrap();
/// assert_eq!(
///     json,
///     r#"[{"role":"system","content":"Be brief."},{"role":"user","content":"What is a kiln?"}]"#
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said; `None` leaves the key out.
    pub content: Option<Content>,
    /// The speaker's name, where several share a role.
    pub name: Option<String>,
    /// The tools an assistant's message calls.
    pub tool_calls: Vec<ToolCall>,
    /// The call that a tool's message answers.
    pub tool_call_id: Option<String>,
    /// Every other key.
    pub extra: Map<String, Value>,
}

impl Message {
    /// A message of any role.
    #[must_use]
    pub fn new(role: Role, content: impl Into<Content>) -> Self {
        Self { content: Some(content.into()), ..Self::empty(role) }
    }

    fn empty(role: Role) -> Self {
        Self {
            role,
            content: None,
            name: None,
            tool_calls: Vec::new(),
            tool_call_id: None,
            extra: Map::new(),
        }
    }

    /// Instructions.
    #[must_use]
    pub fn system(content: impl Into<Content>) -> Self {
        Self::new(Role::System, content)
    }

    /// What the user says.
    #[must_use]
    pub fn user(content: impl Into<Content>) -> Self {
        Self::new(Role::User, content)
    }

    /// What the model said.
    #[must_use]
    pub fn assistant(content: impl Into<Content>) -> Self {
        Self::new(Role::Assistant, content)
    }

    /// The result of the tool call with this id.
    #[must_use]
    pub fn tool(call_id: impl Into<String>, content: impl Into<Content>) -> Self {
        Self { tool_call_id: Some(call_id.into()), ..Self::new(Role::Tool, content) }
    }

    /// Sets the speaker's name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the tools that the message calls.
    #[must_use]
    pub fn with_tool_calls(mut self, calls: impl IntoIterator<Item = ToolCall>) -> Self {
        self.tool_calls = calls.into_iter().collect();
        self
    }

    /// Adds a key that this struct does not model.
    #[must_use]
    pub fn with_extra(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(key.into(), value.into());
        self
    }

    /// All text of the content, joined; empty where there is none.
    #[must_use]
    pub fn text(&self) -> String {
        self.content.as_ref().map(Content::text).unwrap_or_default()
    }
}

/// The model's turn, to be appended to the conversation: its text, its tool calls (custom ones and
/// their unknown keys included) and its reasoning in the form in which the server sent it.
impl From<&LlmResponse> for Message {
    fn from(response: &LlmResponse) -> Self {
        let mut message = Self::empty(Role::Assistant);
        message.tool_calls.clone_from(&response.tool_calls);
        message.extra.clone_from(&response.extra);
        message.content = Some(match message.extra.remove("content") {
            Some(Value::Array(parts)) => with_text(parts, &response.content),
            // Servers want content next to tool calls to be null rather than empty.
            _ if response.content.is_empty() && response.has_tool_calls() => {
                Content::Other(Value::Null)
            }
            _ => Content::Text(response.content.clone()),
        });
        // The API wants a reference to its audio, and not the data.
        if let Some(Value::Object(audio)) = message.extra.get_mut("audio")
            && audio.contains_key("id")
        {
            audio.retain(|key, _| key == "id");
        }
        if let Some(refusal) = &response.refusal {
            message.extra.insert("refusal".into(), refusal.as_str().into());
        }
        if let (Some(reasoning), ReasoningForm::Field(key)) =
            (&response.reasoning, response.reasoning_form())
        {
            message.extra.entry(key).or_insert_with(|| reasoning.as_str().into());
        }
        message
    }
}

impl From<LlmResponse> for Message {
    fn from(response: LlmResponse) -> Self {
        Self::from(&response)
    }
}

/// The parts that came with the reasoning, and the text.
fn with_text(parts: Vec<Value>, text: &str) -> Content {
    let text = Some(text).filter(|text| !text.is_empty()).map(crate::ContentPart::text);
    Content::Parts(parts.into_iter().map(Into::into).chain(text).collect())
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", self.role.as_str())?;
        if let Some(content) = &self.content {
            map.serialize_entry("content", content)?;
        }
        if let Some(name) = &self.name {
            map.serialize_entry("name", name)?;
        }
        if !self.tool_calls.is_empty() {
            map.serialize_entry("tool_calls", &self.tool_calls)?;
        }
        if let Some(id) = &self.tool_call_id {
            map.serialize_entry("tool_call_id", id)?;
        }
        for (key, value) in &self.extra {
            if !self.models(key) {
                map.serialize_entry(key, value)?;
            }
        }
        map.end()
    }
}

impl Message {
    /// Whether a field of this message writes that key, so that `extra` must not write it again.
    fn models(&self, key: &str) -> bool {
        match key {
            "role" => true,
            "content" => self.content.is_some(),
            "name" => self.name.is_some(),
            "tool_calls" => !self.tool_calls.is_empty(),
            "tool_call_id" => self.tool_call_id.is_some(),
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;

        let mut map = Map::deserialize(deserializer)?;
        let role = match map.remove("role") {
            Some(Value::String(word)) => Role::from(word.as_str()),
            _ => return Err(D::Error::custom("a message needs a role, and it is a text")),
        };
        let mut message = Self::empty(role);
        message.content = map.remove("content").map(Content::from);
        let mut text = |key: &str| match map.get(key) {
            Some(Value::String(_)) => match map.remove(key) {
                Some(Value::String(text)) => Some(text),
                _ => None,
            },
            _ => None,
        };
        message.name = text("name");
        message.tool_call_id = text("tool_call_id");
        if let Some(Value::Array(calls)) = map.get("tool_calls") {
            let calls: Option<Vec<_>> = calls.iter().map(ToolCall::from_value).collect();
            if let Some(calls) = calls.filter(|calls| !calls.is_empty()) {
                message.tool_calls = calls;
                map.remove("tool_calls");
            }
        }
        message.extra = map;
        Ok(message)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Message");
        out.field("role", &self.role);
        if let Some(content) = &self.content {
            out.field("content", content);
        }
        if !self.tool_calls.is_empty() {
            out.field("tool_calls", &self.tool_calls);
        }
        if let Some(id) = &self.tool_call_id {
            out.field("tool_call_id", id);
        }
        if !self.extra.is_empty() {
            out.field("extra", &obscure::Keys(&self.extra));
        }
        out.finish_non_exhaustive()
    }
}
