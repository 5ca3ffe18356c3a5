//! What is spoken: a folder for each protocol.

pub(in crate::wire) mod chat_completions;
