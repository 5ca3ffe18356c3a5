//! Chat completions: requests in, replies out.

pub(in crate::wire) mod chunks;
pub(in crate::wire) mod reply;
pub(in crate::wire) mod request;
