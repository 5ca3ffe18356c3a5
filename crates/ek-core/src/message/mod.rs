//! One message of a conversation, in the shape of the OpenAI chat API and back without loss.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use crate::debug_text;
use crate::{
    CacheMark, Content, ContentPart, LlmResponse, NativeTurn, ProtocolName, Role, ToolCall,
};

mod transcript;

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
    /// Whether a tool's message says that the tool failed. Chat completions has no word for it, and
    /// sends the content alone.
    pub is_error: bool,
    /// The model's turn as its protocol wrote it, on the message made from a reply. Transcripts keep it
    /// under `native_turn`.
    pub native: Option<NativeTurn>,
    /// Asks the provider to cache the prompt up to the end of this message.
    pub cache: Option<CacheMark>,
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
            is_error: false,
            native: None,
            cache: None,
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

    /// The result of the tool call with this id, which failed; the content says why, for the model to
    /// read.
    ///
    /// ```
    /// use ek_core::Message;
    /// assert!(Message::tool_error("call_1", "no such harbour").is_error);
    /// ```
    #[must_use]
    pub fn tool_error(call_id: impl Into<String>, content: impl Into<Content>) -> Self {
        Self { is_error: true, ..Self::tool(call_id, content) }
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

    /// Asks the provider to cache the prompt up to the end of this message.
    #[must_use]
    pub fn with_cache(mut self, mark: CacheMark) -> Self {
        self.cache = Some(mark);
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
    pub fn text(&self) -> Cow<'_, str> {
        self.content.as_ref().map(Content::text).unwrap_or_default()
    }

    /// The model's turn as this protocol wrote it, if it did and the message still says what the reply
    /// said: the same text and nothing beside it, and the same calls.
    #[must_use]
    pub fn native_for(&self, protocol: &ProtocolName) -> Option<&str> {
        let turn = self.native.as_ref().filter(|turn| turn.protocol() == protocol)?;
        let only_text = match &self.content {
            None | Some(Content::Text(_)) => true,
            Some(Content::Parts(parts)) => parts.iter().all(ContentPart::is_text_or_mark),
            Some(Content::Other(value)) => value.is_null(),
        };
        let unchanged = self.role == Role::Assistant && only_text;
        (unchanged && turn.says(&self.text(), &self.tool_calls)).then(|| turn.json())
    }
}

/// The model's turn, to be appended to the conversation: its text, its tool calls (custom ones and
/// their unknown keys included), and the turn as its protocol wrote it.
impl From<&LlmResponse> for Message {
    fn from(response: &LlmResponse) -> Self {
        let mut message = Self::empty(Role::Assistant);
        message.native.clone_from(&response.native);
        message.tool_calls.clone_from(&response.tool_calls);
        // Servers want content next to tool calls to be null rather than empty.
        let is_null = response.content.is_empty() && response.has_tool_calls();
        message.content = Some(match is_null {
            true => Content::Other(Value::Null),
            false => Content::Text(response.content.clone()),
        });
        if let Some(refusal) = &response.refusal {
            message.extra.insert("refusal".into(), refusal.as_str().into());
        }
        message
    }
}

impl From<LlmResponse> for Message {
    fn from(response: LlmResponse) -> Self {
        Self::from(&response)
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
        if self.is_error {
            out.field("is_error", &true);
        }
        if let Some(native) = &self.native {
            out.field("native", native);
        }
        if !self.extra.is_empty() {
            out.field("extra", &debug_text::Keys(&self.extra));
        }
        out.finish_non_exhaustive()
    }
}
