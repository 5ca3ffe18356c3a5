//! The mock at the trait for embeddings: the script and the clock are those of its replies.

use ek_core::{
    EmbeddingLimits, EmbeddingProvider, EmbeddingRequest, Embeddings, Error, ErrorKind, Result,
};

use super::finish;
use super::outcome::{misplaced, other_answer, whole};
use crate::engine::IncomingRequest;
use crate::reply::Answer;
use crate::{MockProvider, MockReply};

impl MockProvider {
    /// Sets what [`EmbeddingProvider::embedding_limits`] gives; no limit is known by default. The mock does
    /// not enforce them.
    #[must_use]
    pub fn with_embedding_limits(mut self, limits: EmbeddingLimits) -> Self {
        self.embedding_limits = limits;
        self
    }
}

impl EmbeddingProvider for MockProvider {
    async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
        let incoming = IncomingRequest::for_embeddings(request.clone());
        let (guard, reply) = self.answer(incoming).await;
        let read = |reply: &MockReply| vectors(reply, request);
        finish(guard, reply.and_then(|reply| whole(reply, read)))
    }

    fn embedding_model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn embedding_limits(&self) -> EmbeddingLimits {
        self.embedding_limits
    }
}

/// The vectors, if the reply is that.
fn vectors(reply: &MockReply, request: &EmbeddingRequest) -> Result<Embeddings> {
    let found = match &reply.answer {
        Answer::Vectors(vectors) => vectors.vectors_for(request)?,
        Answer::Model(_) => return Err(misplaced("what a model says answers one for embeddings")),
        other => return Err(other_answer(other)),
    };
    let (asked, came) = (request.inputs.len(), found.len());
    if asked != came {
        let why = format!("{came} vectors came for {asked} inputs");
        return Err(Error::new(ErrorKind::Malformed, why));
    }
    Ok(found)
}
