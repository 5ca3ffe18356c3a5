//! What a model takes: small facts by its name, so that defaults do not make a request fail.

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
    /// Whether a temperature may be sent that nobody asked for. An explicit one is always sent.
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

    /// The profile of the model with this name: OpenAI's o-series and gpt-5 and later (not their
    /// `-chat` variants) are reasoning models, with or without an `openai/` prefix.
    ///
    /// ```
    /// use ek_http::ModelProfile;
    /// assert_eq!(ModelProfile::of("o3-mini"), ModelProfile::openai_reasoning());
    /// assert_eq!(ModelProfile::of("gpt-4o"), ModelProfile::default());
    /// ```
    #[must_use]
    pub fn of(model: &str) -> Self {
        if is_openai_reasoning(model.strip_prefix("openai/").unwrap_or(model)) {
            Self::openai_reasoning()
        } else {
            Self::default()
        }
    }

    /// Sets the field that limits the reply's length.
    #[must_use]
    pub const fn with_token_limit_field(mut self, field: TokenLimitField) -> Self {
        self.token_limit_field = field;
        self
    }

    /// Sets whether a temperature may be sent that nobody asked for.
    #[must_use]
    pub const fn with_accepts_temperature(mut self, accepts: bool) -> Self {
        self.accepts_temperature = accepts;
        self
    }
}

fn is_openai_reasoning(model: &str) -> bool {
    let (family, rest) = match (model.strip_prefix("gpt-"), model.strip_prefix('o')) {
        (Some(rest), _) => (5, rest),
        (None, Some(rest)) => (1, rest),
        _ => return false,
    };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, tail) = rest.split_at(digits);
    let Ok(number) = number.parse::<u32>() else {
        return false;
    };
    let ends_a_word = tail.is_empty() || tail.starts_with(['-', '.', ':', '@']);
    // Model names never had four digits here; `gpt-4o` and `gpt-35-turbo` are none of these.
    number >= family && number < 35 && ends_a_word && !tail.contains("-chat")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_openai_s_reasoning_models_get_their_profile() {
        for model in [
            "o1",
            "o1-mini",
            "o3",
            "o4-mini-2025-04-16",
            "gpt-5",
            "gpt-5.1",
            "gpt-5-mini",
            "gpt-6",
            "openai/gpt-5",
        ] {
            assert_eq!(ModelProfile::of(model), ModelProfile::openai_reasoning(), "{model}");
        }
        for model in [
            "gpt-4o",
            "gpt-4.1",
            "gpt-3.5-turbo",
            "gpt-35-turbo",
            "gpt-oss-120b",
            "gpt-5-chat-latest",
            "olmo-2",
            "o1x",
            "opus",
            "llama3",
            "",
            "qwen/o1",
        ] {
            assert_eq!(ModelProfile::of(model), ModelProfile::default(), "{model}");
        }
    }
}
