//! What a stream delivers.

use std::fmt;

use crate::debug_text;
use crate::{LlmResponse, ToolCall, Usage};

/// One event of a [`ChatStream`](crate::ChatStream).
///
/// Pieces come as they arrive. At the end come each whole tool call, the usage (if it is known), and
/// then [`Done`](Self::Done) with the whole reply, always last. `Debug` shows lengths, not texts.
///
/// ```
/// use ek_core::StreamEvent;
///
/// fn show(event: &StreamEvent) {
///     match event {
///         StreamEvent::Text(piece) => print!("{piece}"),
///         StreamEvent::ToolCall(call) => println!("[{} ...]", call.name),
///         StreamEvent::Done(reply) => println!("\n{:?} tokens", reply.total_tokens()),
///         _ => {} // new kinds may be added
///     }
/// }
/// show(&StreamEvent::Text("Slowly".to_owned()));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamEvent {
    /// A piece of the text.
    Text(String),
    /// A piece of the reasoning.
    Reasoning(String),
    /// A piece of the refusal.
    Refusal(String),
    /// A piece of a tool call, to be shown while it is being written. Do not run it yet.
    ToolCallDelta(ToolCallDelta),
    /// A whole tool call.
    ToolCall(ToolCall),
    /// Token counts.
    Usage(Usage),
    /// The whole reply; the stream ends.
    Done(Box<LlmResponse>),
}

/// A piece of a tool call.
///
/// ```
/// use ek_core::{StreamEvent, ToolCallDelta};
///
/// let mut piece = ToolCallDelta::new(0);
/// piece.name = Some("tide".to_owned());
/// piece.arguments = r#"{"city":"#.to_owned();
/// let event = StreamEvent::ToolCallDelta(piece);
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolCallDelta {
    /// Which call it belongs to: they are numbered from 0 in the order in which they began.
    pub call: usize,
    /// The call's id, in the piece in which the server sent it.
    pub id: Option<String>,
    /// The tool's name, where this piece brought or changed it.
    pub name: Option<String>,
    /// What was added to the arguments.
    pub arguments: String,
}

impl ToolCallDelta {
    /// A piece of this call that adds nothing yet; set what it brings.
    #[must_use]
    pub fn new(call: usize) -> Self {
        Self { call, id: None, name: None, arguments: String::new() }
    }
}

impl fmt::Debug for ToolCallDelta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolCallDelta")
            .field("call", &self.call)
            .field("id", &self.id)
            .field("name", &self.name)
            .field("arguments", &debug_text::text(&self.arguments))
            .finish()
    }
}

impl fmt::Debug for StreamEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, text) = match self {
            Self::Text(text) => ("Text", text),
            Self::Reasoning(text) => ("Reasoning", text),
            Self::Refusal(text) => ("Refusal", text),
            Self::ToolCallDelta(delta) => return delta.fmt(f),
            Self::ToolCall(call) => return call.fmt(f),
            Self::Usage(usage) => return usage.fmt(f),
            Self::Done(response) => return f.debug_tuple("Done").field(response).finish(),
        };
        f.debug_tuple(name).field(&debug_text::text(text)).finish()
    }
}
