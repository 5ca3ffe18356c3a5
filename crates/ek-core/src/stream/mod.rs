//! Replies that come in pieces: the events, the stream of them, and how pieces become a reply.

mod assembly;
mod calls;
mod chat_stream;
mod event;
#[cfg(test)]
mod properties;
mod returned;

pub use assembly::ResponseAssembly;
pub use calls::ToolCallFragment;
pub use chat_stream::ChatStream;
pub use event::{StreamEvent, ToolCallDelta};
