//! One call for embeddings: tried, counted and observed as a call for a reply is.

use ek_core::{EmbeddingProvider, EmbeddingRequest, Embeddings, Error, ErrorKind, Result};

use super::Run;
use super::call::Call;
use crate::Estimate;
use crate::observe::CallSpan;
use crate::retry::{AttemptPermit, attempts};

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
        let model = request.model.clone().or_else(|| provider.embedding_model().map(str::to_owned));
        let model = model.as_deref();
        let call = Call::begin(self, model, CallSpan::embeddings(&self.span, model, request));
        if let Some(key) = call.key(self, request.idempotency_key.as_deref()) {
            request.idempotency_key = Some(key);
        }
        let request = &*request;
        let outcome = call.span.run(attempts(
            &self.retry,
            estimate.tokens(),
            |attempt, delay, error| call.retried(attempt, delay, error),
            async |permit: AttemptPermit| {
                let mut reservation = self.ledger.admit_embedding(model, estimate).await?;
                call.attempt();
                // From here on the call counts, also where this future is dropped.
                reservation.mark_sent();
                match provider.embed(request).await.and_then(|found| whole(found, request)) {
                    Ok(found) => {
                        reservation.embedded(&found);
                        permit.took(found.usage);
                        Ok(found)
                    }
                    Err(error) => {
                        let error = reservation.fail(error);
                        if error.spend().calls == 0 {
                            permit.unused();
                        }
                        Err(error)
                    }
                }
            },
        ));
        match outcome.await {
            Ok(found) => {
                call.span.record_embeddings(&found);
                call.answered(found.usage);
                Ok(found)
            }
            Err(error) => Err(call.failed(error).with_spend(self.spend())),
        }
    }
}

/// A vector for each input: with one missing, all behind it would stand at the wrong place.
fn whole(found: Embeddings, request: &EmbeddingRequest) -> Result<Embeddings> {
    let (asked, came) = (request.inputs.len(), found.len());
    if asked != came {
        let why = format!("{came} vectors came for {asked} inputs");
        return Err(Error::new(ErrorKind::Malformed, why));
    }
    Ok(found)
}
