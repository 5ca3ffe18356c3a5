//! The trait of what turns texts into vectors.

use std::sync::Arc;

use super::{EmbeddingLimits, EmbeddingRequest, Embeddings};
use crate::Result;

/// A backend that turns texts into vectors.
///
/// The names of its methods differ from those of [`LlmProvider`](crate::LlmProvider), so that one type
/// can be both. For code that cannot be generic there is
/// [`DynEmbeddingProvider`](crate::DynEmbeddingProvider).
///
/// ```
/// use ek_core::{EmbeddingProvider, EmbeddingRequest, Embeddings, Result};
///
/// /// Counts vowels and other characters.
/// struct Vowels;
///
/// impl EmbeddingProvider for Vowels {
///     async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
///         let texts = request.inputs.texts().unwrap_or_default();
///         Embeddings::from_rows(texts.iter().map(|text| {
///             let vowels = text.chars().filter(|c| "aeiou".contains(*c)).count();
///             [vowels as f32, (text.chars().count() - vowels) as f32]
///         }))
///     }
/// }
/// ```
#[doc(alias("rag", "vector", "embedder"))]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an embedding provider",
    label = "this cannot turn texts into vectors",
    note = "implement `EmbeddingProvider` for it: `async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings>` is all it needs",
    note = "`&P`, `Arc<P>` and `Box<P>` are embedding providers where `P` is one"
)]
pub trait EmbeddingProvider: Send + Sync {
    /// Turns the inputs into vectors: one request, one vector for each input, in the order of the inputs.
    /// Retries, and splitting what is too much for one request, are the caller's.
    ///
    /// Dropping the future must stop the work.
    ///
    /// # Errors
    /// Any [`Error`](crate::Error); its [`kind`](crate::Error::kind) decides about retries. An answer with
    /// more or fewer vectors than inputs is [`ErrorKind::Malformed`](crate::ErrorKind::Malformed).
    fn embed(&self, request: &EmbeddingRequest) -> impl Future<Output = Result<Embeddings>> + Send;

    /// The model asked by default, for spans, prices and reports. Wrappers delegate.
    fn embedding_model(&self) -> Option<&str> {
        None
    }

    /// How much one request may hold, as far as it is known. Wrappers delegate.
    fn embedding_limits(&self) -> EmbeddingLimits {
        EmbeddingLimits::default()
    }
}

macro_rules! delegate {
    ($($wrapper:ty),*) => {$(
        #[deny(clippy::missing_trait_methods)]
        impl<P: EmbeddingProvider + ?Sized> EmbeddingProvider for $wrapper {
            fn embed(
                &self,
                request: &EmbeddingRequest,
            ) -> impl Future<Output = Result<Embeddings>> + Send {
                (**self).embed(request)
            }

            fn embedding_model(&self) -> Option<&str> {
                (**self).embedding_model()
            }

            fn embedding_limits(&self) -> EmbeddingLimits {
                (**self).embedding_limits()
            }
        }
    )*};
}

delegate!(&P, Arc<P>, Box<P>);
