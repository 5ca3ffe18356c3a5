//! Replies that come in pieces: the events, the stream of them, and how pieces become a reply.

mod arguments;
mod assembly;
#[cfg(test)]
mod call_rules;
mod calls;
mod chat_stream;
mod event;
mod fragment;
mod keeping;
#[cfg(test)]
mod properties;

pub use assembly::ResponseAssembly;
pub use chat_stream::ChatStream;
pub use event::{StreamEvent, ToolCallDelta};
pub use fragment::ToolCallFragment;
pub use keeping::KeepingStream;
