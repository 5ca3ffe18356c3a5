//! From an answer that is no reply to an error: what it says, what class it is, when to try again.
//!
//! `body` reads what providers write, `signs` finds errors where the status tells of none, `class` has
//! the tables of words, `status` is the only place that classifies, `retry_hint` reads when to come back,
//! `read_fault` says why bytes are no reply, and `kept` copies the headers for which they may ask later.

pub(crate) mod body;
mod class;
mod durations;
pub(crate) mod kept;
mod names;
pub(crate) mod page;
#[cfg(test)]
mod properties;
pub(crate) mod read_fault;
pub(crate) mod retry_hint;
pub(crate) mod signs;
pub(crate) mod status;
