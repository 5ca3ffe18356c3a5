//! Models' texts, as more than one pattern has to read them.

mod eaten;
mod thoughts;

pub(crate) use eaten::eaten;
pub(crate) use thoughts::without_thoughts;
