//! What a request says of its exchange, whatever it asks for.

use std::time::Duration;

use ek_core::{ChatRequest, EmbeddingRequest};

/// The settings of one exchange that come from its request.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Settings<'a> {
    pub(crate) timeout: Option<Duration>,
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) headers: &'a [(String, String)],
}

impl<'a> From<&'a ChatRequest> for Settings<'a> {
    fn from(request: &'a ChatRequest) -> Self {
        let idempotency_key = request.idempotency_key.as_deref();
        Self { timeout: request.timeout, idempotency_key, headers: &request.headers }
    }
}

impl<'a> From<&'a EmbeddingRequest> for Settings<'a> {
    fn from(request: &'a EmbeddingRequest) -> Self {
        let idempotency_key = request.idempotency_key.as_deref();
        Self { timeout: request.timeout, idempotency_key, headers: &request.headers }
    }
}
