//! The chat completions protocol, as OpenAI made it and as its many servers speak it.

pub(crate) mod chunks;
pub(crate) mod profile;
pub(crate) mod reply;
pub(crate) mod request;
