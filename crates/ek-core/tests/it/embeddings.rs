//! The trait of embeddings and its handle: what is delegated, and what is shown.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ek_core::{
    ChatRequest, DynEmbeddingProvider, EmbeddingLimits, EmbeddingProvider, EmbeddingRequest,
    Embeddings, LlmProvider, LlmResponse, Result, Usage,
};

/// Speaks and embeds, as one provider may.
struct Lengths;

impl EmbeddingProvider for Lengths {
    async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
        let texts = request.inputs.texts().unwrap_or_default();
        let lengths = texts.iter().map(|text| [text.bytes().map(|_| 1.0).sum::<f32>()]);
        Ok(Embeddings::from_rows(lengths)?.with_usage(Usage::new(3, 0)).with_model("lengths"))
    }

    fn embedding_model(&self) -> Option<&str> {
        Some("lengths")
    }

    fn embedding_limits(&self) -> EmbeddingLimits {
        let mut limits = EmbeddingLimits::default();
        limits.max_inputs = Some(2);
        limits
    }
}

impl LlmProvider for Lengths {
    async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
        Ok(LlmResponse::text("hi"))
    }

    fn model(&self) -> Option<&str> {
        Some("talker")
    }
}

/// These providers answer at once, so no runtime is needed.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the provider should answer at once"),
    }
}

fn asks(provider: impl EmbeddingProvider) {
    let found = now(provider.embed(&EmbeddingRequest::new(["a", "bcd"]))).expect("vectors");
    assert_eq!(found.iter().collect::<Vec<_>>(), [[1.0], [3.0]]);
    assert_eq!((found.usage.total(), found.model.as_deref()), (Some(3), Some("lengths")));
    assert_eq!(provider.embedding_model(), Some("lengths"));
    assert_eq!(provider.embedding_limits().max_inputs, Some(2));
}

#[test]
fn references_boxes_arcs_and_handles_of_an_embedding_provider_are_embedding_providers() {
    asks(&Lengths);
    asks(Box::new(Lengths));
    asks(Arc::new(Lengths));
    let handle = DynEmbeddingProvider::new(Lengths);
    asks(handle.clone());
    asks(DynEmbeddingProvider::new(handle));
}

#[test]
fn one_type_both_completes_and_embeds_without_a_clash_of_names() {
    assert_eq!((Lengths.model(), Lengths.embedding_model()), (Some("talker"), Some("lengths")));
}

#[test]
fn a_handle_shows_the_type_of_what_is_inside_only() {
    fn holds<T: Clone + Send + Sync + 'static>(_: &T) {}
    let handle = DynEmbeddingProvider::new(Arc::new(Lengths));
    holds(&handle);
    let shown = format!("{handle:?}");
    assert_eq!(shown, "DynEmbeddingProvider(alloc::sync::Arc<it::embeddings::Lengths>)");
}
