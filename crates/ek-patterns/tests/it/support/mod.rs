//! What several tests need.

mod backend;
mod dropping;
pub(crate) mod logs;
pub(crate) mod spans;

pub(crate) use backend::{Answers, Backend};
pub(crate) use dropping::{drop_at_every_poll, settled_at_every_drop};
