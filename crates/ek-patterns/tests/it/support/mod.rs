//! What several tests need.

mod backend;
mod dropping;
pub(crate) mod logs;
pub(crate) mod spans;

pub(crate) use backend::Backend;
pub(crate) use dropping::drop_at_every_poll;
