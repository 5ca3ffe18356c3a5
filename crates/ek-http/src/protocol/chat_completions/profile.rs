//! What a model takes, so that defaults do not make a request fail.

use super::model_name::ModelName;

/// The field of the payload that limits the reply's length.
///
/// ```no_run
/// use ek_http::{Provider, TokenLimitField};
///
/// let provider = Provider::builder("https://gateway.example/v1", "our-deployment")
///     .token_limit_field(TokenLimitField::MaxCompletionTokens)
///     .build()?;
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TokenLimitField {
    /// `max_tokens`, which nearly every server takes.
    #[default]
    MaxTokens,
    /// `max_completion_tokens`, which OpenAI's reasoning models want instead.
    MaxCompletionTokens,
}

impl TokenLimitField {
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
        }
    }
}

/// What a model takes.
///
/// Chosen by the model's name on each request; replaced for all models with
/// [`ProviderBuilder::model_profile`](crate::ProviderBuilder::model_profile).
///
/// ```no_run
/// use ek_http::{ModelProfile, Provider};
///
/// // The name of this deployment does not say that a reasoning model is behind it.
/// let provider = Provider::builder("https://gateway.example/v1", "our-deployment")
///     .model_profile(ModelProfile::openai_reasoning())
///     .build()?;
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelProfile {
    /// The field that limits the reply's length.
    pub token_limit_field: TokenLimitField,
    /// Whether a temperature may be sent that the request does not ask for. An explicit one is always sent.
    pub accepts_temperature: bool,
}

impl Default for ModelProfile {
    fn default() -> Self {
        Self { token_limit_field: TokenLimitField::MaxTokens, accepts_temperature: true }
    }
}

impl ModelProfile {
    /// The profile of OpenAI's reasoning models: `max_completion_tokens`, and no temperature but the
    /// one it has by default.
    #[must_use]
    pub const fn openai_reasoning() -> Self {
        Self { token_limit_field: TokenLimitField::MaxCompletionTokens, accepts_temperature: false }
    }

    /// The profile of the model with this name, which a gateway may prefix with its vendor.
    ///
    /// OpenAI's o-series and gpt-5 and later (not their `-chat` variants) are reasoning models. No temperature
    /// is taken by Claude from 4.7 on, by Kimi from K2.5 on (Moonshot takes one value, which it does not need),
    /// and by OpenAI's search models.
    ///
    /// ```
    /// use ek_http::ModelProfile;
    /// assert_eq!(ModelProfile::of("o3-mini"), ModelProfile::openai_reasoning());
    /// assert_eq!(ModelProfile::of("gpt-4o"), ModelProfile::default());
    /// assert!(!ModelProfile::of("anthropic/claude-opus-4.8").accepts_temperature);
    /// ```
    #[must_use]
    pub fn of(model: &str) -> Self {
        let name = ModelName::of(model);
        if name.is_openai_reasoning() {
            Self::openai_reasoning()
        } else {
            Self::default().with_accepts_temperature(!name.has_fixed_temperature())
        }
    }

    /// Sets the field that limits the reply's length.
    #[must_use]
    pub const fn with_token_limit_field(mut self, field: TokenLimitField) -> Self {
        self.token_limit_field = field;
        self
    }

    /// Sets whether a temperature may be sent that the request does not ask for.
    #[must_use]
    pub const fn with_accepts_temperature(mut self, accepts: bool) -> Self {
        self.accepts_temperature = accepts;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_openai_s_reasoning_models_get_their_profile() {
        for model in ["o1", "openai/gpt-5", "azure/o3-mini", "ft:o4-mini-2025-04-16:org::id"] {
            assert_eq!(ModelProfile::of(model), ModelProfile::openai_reasoning(), "{model}");
        }
        for model in ["gpt-4o", "gpt-5-chat-latest", "qwen/o1", "claude-opus-4-6", "kimi-k2", ""] {
            assert_eq!(ModelProfile::of(model), ModelProfile::default(), "{model}");
        }
    }

    #[test]
    fn models_with_a_fixed_temperature_get_their_limit_in_the_usual_field() {
        let expected = ModelProfile::default().with_accepts_temperature(false);
        for model in ["claude-opus-4-7", "kimi-k2.5", "gpt-4o-search-preview"] {
            assert_eq!(ModelProfile::of(model), expected, "{model}");
        }
    }
}
