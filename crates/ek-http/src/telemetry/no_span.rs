//! A span that does nothing, for builds without the feature `tracing`.

use ek_core::{EmbeddingRequest, Embeddings, Error, LlmResponse};

use crate::endpoint::Endpoint;
use crate::secrets::Secrets;

#[derive(Clone)]
pub(crate) struct CallSpan;

#[allow(clippy::unused_self, reason = "the signatures are those of the feature")]
impl CallSpan {
    pub(crate) fn new(_: &str, _: &str, _: &Endpoint, _: bool) -> Self {
        Self
    }

    pub(crate) fn embeddings(_: &str, _: &str, _: &Endpoint, _: &EmbeddingRequest) -> Self {
        Self
    }

    pub(crate) fn run<T, F: Future<Output = T>>(&self, part: F) -> F {
        part
    }

    pub(crate) fn issued(&self) {}

    pub(crate) fn chunk_came(&self) {}

    pub(crate) fn record_response(&self, _: &LlmResponse, _: &Secrets) {}

    pub(crate) fn record_vectors(&self, _: &Embeddings, _: &Secrets) {}

    pub(crate) fn record_error(&self, _: &Error) {}
}
