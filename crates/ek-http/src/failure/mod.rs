//! Turns an answer that is not a reply into an error: its message, its kind, and when to retry.
//!
//! | file | what it does |
//! | --- | --- |
//! | `status` | classifies; no other file does |
//! | `body`, `html` | read an error body |
//! | `signs` | finds an error under a status of success |
//! | `words` | knows the codes and phrases of servers |
//! | `retry_hint`, `durations` | read when to retry |
//! | `names` | compares names without regard to case and separators |
//! | `read_fault` | says why bytes are not a reply |
//! | `retained_headers` | keeps the headers that a result may need after the body has begun |

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

pub(crate) use durations::moment;
