//! Streamed replies.
//!
//! `reader` turns events into the reply's pieces; both are pure. `http`
//! is the only part that waits.

#[cfg(test)]
mod allocations;
mod document;
pub(crate) mod http;
#[cfg(test)]
mod limits;
mod pieces;
#[cfg(test)]
mod properties;
pub(crate) mod reader;
#[cfg(any(test, fuzzing))]
pub(crate) mod record;
mod repeat;
mod think;
