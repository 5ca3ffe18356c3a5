//! Streamed replies.
//!
//! `sse` turns bytes into events, `reader` turns events into the reply's pieces; both are pure. `http`
//! is the only part that waits.

pub(crate) mod http;
mod pieces;
pub(crate) mod reader;
mod sse;
mod think;
