//! A request as a face received it, before the engine records it.

use ek_core::{ChatRequest, EmbeddingRequest, ProtocolName};

use crate::SentRequest;
use crate::script::Asked;

/// It has no `Debug`: it holds credentials.
#[derive(Default)]
pub(crate) struct IncomingRequest {
    pub(crate) request: ChatRequest,
    pub(crate) streamed: bool,
    /// The request for embeddings, if it is one. `request` then has what both kinds have: model, time limit,
    /// key.
    pub(crate) embedding: Option<EmbeddingRequest>,
    /// The end of the path of one on the wire.
    pub(crate) embeddings_path: Option<&'static str>,
    /// Whether a stream ends with the usage.
    #[cfg(feature = "wire")]
    pub(crate) usage: bool,
    /// The protocol on the wire; none at the trait.
    pub(crate) protocol: Option<ProtocolName>,
    /// The headers on the wire, credentials masked; none at the trait.
    pub(crate) headers: Vec<(String, String)>,
    /// The request on the wire; none at the trait.
    pub(crate) sent: Option<SentRequest>,
    /// The credentials, to be masked wherever the call is shown.
    pub(crate) credentials: Vec<String>,
    /// Why no rule can answer it: the body is not a chat request.
    pub(crate) problem: Option<String>,
}

impl IncomingRequest {
    /// The request as conditions look at it.
    pub(crate) fn asked(&self) -> Asked<'_> {
        let asked = Asked::new(&self.request, self.streamed, self.protocol.as_ref());
        asked.with_embedding(self.embedding.as_ref(), self.embeddings_path)
    }

    /// A request for a reply.
    pub(crate) fn for_reply(request: &ChatRequest, streamed: bool) -> Self {
        Self { request: request.clone(), streamed, ..Self::default() }
    }

    /// A request for embeddings.
    pub(crate) fn for_embeddings(embedding: EmbeddingRequest) -> Self {
        let mut request = ChatRequest::default();
        request.model.clone_from(&embedding.model);
        request.timeout = embedding.timeout;
        request.idempotency_key.clone_from(&embedding.idempotency_key);
        if let Some(model) = embedding.extra.get("model") {
            request.extra.insert("model".to_owned(), model.clone());
        }
        Self { request, embedding: Some(embedding), ..Self::default() }
    }
}
