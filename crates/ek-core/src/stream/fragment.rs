//! One piece of a tool call, as a stream has it.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::ToolCall;

/// A piece of a tool call, as a server sent it. Empty texts count as absent.
///
/// ```
/// use ek_core::{ResponseAssembly, ToolCallFragment};
///
/// let mut assembly = ResponseAssembly::new();
/// let first = ToolCallFragment::new().with_index(0).with_id("call_1").with_name("tide");
/// assembly.push_tool_call(first.with_arguments(r#"{"city":"#))?;
/// assembly.push_tool_call(ToolCallFragment::new().with_index(0).with_arguments(r#""Bergen"}"#))?;
/// let reply = assembly.finish()?;
/// assert_eq!(reply.tool_calls[0].arguments.as_str(), r#"{"city":"Bergen"}"#);
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ToolCallFragment<'a> {
    /// The server's key for the call.
    pub index: Option<u64>,
    /// The call's id.
    pub id: Option<Cow<'a, str>>,
    /// The tool's name, or a piece of it.
    pub name: Option<Cow<'a, str>>,
    /// A piece of the arguments.
    pub arguments: Option<Cow<'a, str>>,
    /// Whether it is a custom tool, whose input is free text.
    pub custom: bool,
    /// Every other key of the call.
    pub extra: Map<String, Value>,
}

impl<'a> ToolCallFragment<'a> {
    /// A fragment with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the server's key for the call.
    #[must_use]
    pub fn with_index(mut self, index: u64) -> Self {
        self.index = Some(index);
        self
    }

    /// Sets the id.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Cow<'a, str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Cow<'a, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the piece of the arguments.
    #[must_use]
    pub fn with_arguments(mut self, arguments: impl Into<Cow<'a, str>>) -> Self {
        self.arguments = Some(arguments.into());
        self
    }
}

impl From<ToolCall> for ToolCallFragment<'static> {
    fn from(call: ToolCall) -> Self {
        let mut fragment = Self::new().with_id(call.id).with_name(call.name);
        fragment.custom = call.arguments.is_free_text();
        fragment.extra = call.extra;
        fragment.with_arguments(call.arguments.as_str().to_owned())
    }
}
