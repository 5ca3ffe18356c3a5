//! The protocols that the client speaks, a folder each.

pub(crate) mod chat_completions;
