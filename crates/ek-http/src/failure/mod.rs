//! From an answer that is no reply to an error: what it says, what class it is, when to try again.
//!
//! `body` reads what providers write, `html` pages in its place; `signs` finds errors where the status
//! tells of none, `words` has the tables of words. `status` is the only place that classifies.
//! `retry_hint` reads when to come back. `read_fault` says why bytes are no reply, and
//! `retained_headers` copies the headers that may be asked for after the body has begun.

pub(crate) mod body;
mod durations;
pub(crate) mod html;
mod names;
#[cfg(test)]
mod properties;
pub(crate) mod read_fault;
pub(crate) mod retained_headers;
pub(crate) mod retry_hint;
pub(crate) mod signs;
pub(crate) mod status;
mod words;
