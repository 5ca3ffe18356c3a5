//! Models' texts, as more than one pattern has to read them.

mod thoughts;

pub(crate) use thoughts::without_thoughts;
