//! One call for embeddings: tried, counted and observed as a call for a reply is.

use ek_core::{EmbeddingProvider, EmbeddingRequest, Embeddings, Result};

use super::Run;
use super::call::Call;
use crate::Estimate;
use crate::asked::Asked;
use crate::observe::CallSpan;

impl Run {
    /// One call for embeddings, retried as the options say. The request gets the key of the call.
    ///
    /// # Errors
    /// The last attempt's, or the budget's; with all that the run has spent. `Malformed` if the answer has
    /// more or fewer vectors than the request has inputs.
    pub(crate) async fn embed<P: EmbeddingProvider>(
        &self,
        provider: &P,
        request: &mut EmbeddingRequest,
        estimate: Estimate,
    ) -> Result<Embeddings> {
        let model = request.asked_model().or_else(|| provider.embedding_model());
        let span = CallSpan::embeddings(&self.span, model, request);
        let call = Call::begin(self, model, span);
        if let Some(key) = call.key(self, request.idempotency_key.as_deref()) {
            request.idempotency_key = Some(key);
        }
        let found: Embeddings = self.whole(&call, provider, request, estimate).await?;
        call.span.record_embeddings(&found);
        call.answered(found.usage);
        Ok(found)
    }
}
