//! A handle for code that must not be generic over its embedding provider.
//!
//! The public trait returns `impl Future` and cannot be made into an object. A private mirror of it with
//! boxed futures can; the handle is an `Arc` around it.

use std::any::type_name;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::{EmbeddingLimits, EmbeddingProvider, EmbeddingRequest, Embeddings};
use crate::Result;

/// The mirror of the trait.
trait Erased: Send + Sync {
    fn embed<'a>(
        &'a self,
        request: &'a EmbeddingRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Embeddings>> + Send + 'a>>;
    fn model(&self) -> Option<&str>;
    fn limits(&self) -> EmbeddingLimits;
    fn type_name(&self) -> &'static str;
}

impl<P: EmbeddingProvider> Erased for P {
    fn embed<'a>(
        &'a self,
        request: &'a EmbeddingRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Embeddings>> + Send + 'a>> {
        Box::pin(EmbeddingProvider::embed(self, request))
    }

    fn model(&self) -> Option<&str> {
        self.embedding_model()
    }

    fn limits(&self) -> EmbeddingLimits {
        self.embedding_limits()
    }

    fn type_name(&self) -> &'static str {
        type_name::<P>()
    }
}

/// Any embedding provider behind one type: `Clone`, `Send`, `Sync`, without generics.
///
/// ```
/// use ek_core::{DynEmbeddingProvider, EmbeddingProvider, EmbeddingRequest, Embeddings, Result};
///
/// struct Fixed;
/// impl EmbeddingProvider for Fixed {
///     async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
///         Embeddings::from_rows(vec![[1.0, 0.0]; request.inputs.len()])
///     }
/// }
///
/// struct Index { embedder: DynEmbeddingProvider } // no generics here
/// let index = Index { embedder: DynEmbeddingProvider::new(Fixed) };
/// assert_eq!(index.embedder.embedding_model(), None);
/// ```
#[derive(Clone)]
pub struct DynEmbeddingProvider(Arc<dyn Erased>);

impl DynEmbeddingProvider {
    /// Takes any embedding provider.
    #[must_use]
    pub fn new(provider: impl EmbeddingProvider + 'static) -> Self {
        Self(Arc::new(provider))
    }
}

#[deny(clippy::missing_trait_methods)]
impl EmbeddingProvider for DynEmbeddingProvider {
    async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
        (*self.0).embed(request).await
    }

    fn embedding_model(&self) -> Option<&str> {
        (*self.0).model()
    }

    fn embedding_limits(&self) -> EmbeddingLimits {
        (*self.0).limits()
    }
}

/// The type of what is inside, and nothing of its value.
impl fmt::Debug for DynEmbeddingProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DynEmbeddingProvider({})", (*self.0).type_name())
    }
}
