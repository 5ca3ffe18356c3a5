//! Settings of a provider that turns texts into vectors.

use super::ProviderBuilder;
use crate::protocol::Protocol;
use crate::protocol::chat_completions::ChatCompletions;
use crate::protocol::embeddings::EmbeddingProfile;
#[cfg(feature = "gemini")]
use crate::protocol::embeddings::Shape;
use crate::provider::Provider;

impl Provider {
    /// Settings for a vendor of embeddings and this model, at the vendor's own endpoint. For what else the
    /// endpoint offers, a builder of its protocol is enough: every provider embeds where its API can.
    ///
    /// ```no_run
    /// use ek_http::{EmbeddingProfile, Provider};
    /// let provider = Provider::embeddings(EmbeddingProfile::COHERE, "embed-v4.0")
    ///     .api_key("FAKE-KEY-0001")
    ///     .build()?;
    /// # Ok::<(), ek_core::Error>(())
    /// ```
    pub fn embeddings(profile: EmbeddingProfile, model: impl Into<String>) -> ProviderBuilder {
        let protocol: &'static dyn Protocol = match profile.shape {
            #[cfg(feature = "gemini")]
            Shape::Gemini | Shape::Vertex => &crate::protocol::gemini::Gemini,
            _ => &ChatCompletions,
        };
        ProviderBuilder::speaking(protocol, profile.public_url, model).embedding_profile(profile)
    }
}

impl ProviderBuilder {
    /// How this endpoint is asked for vectors. Default: by the protocol, and for OpenAI's protocols by the
    /// host; see [`EmbeddingProfile`].
    pub fn embedding_profile(mut self, profile: EmbeddingProfile) -> Self {
        self.embedding_profile = Some(profile);
        self
    }

    /// The model that turns texts into vectors. Default: the provider's model, for providers that do
    /// nothing else.
    pub fn embedding_model(mut self, model: impl Into<String>) -> Self {
        self.embedding_model = Some(model.into());
        self
    }
}
