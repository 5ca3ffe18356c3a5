//! A door for each protocol beside chat completions: a builder that speaks it, at its public endpoint.

use super::ProviderBuilder;
use crate::provider::Provider;

impl Provider {
    /// Settings for Anthropic's Messages API and this model, at Anthropic's own endpoint; that of a
    /// gateway is set by [`base_url`](ProviderBuilder::base_url). The key is sent as `x-api-key`, a
    /// bearer token with [`Auth::Bearer`](crate::Auth::Bearer).
    ///
    /// ```no_run
    /// use ek_http::Provider;
    /// let provider = Provider::anthropic("claude-sonnet-5").api_key("sk-ant-FAKE-0001").build()?;
    /// # Ok::<(), ek_core::Error>(())
    /// ```
    #[doc(alias = "claude")]
    #[cfg(feature = "anthropic")]
    pub fn anthropic(model: impl Into<String>) -> ProviderBuilder {
        use crate::protocol::anthropic::{Anthropic, PUBLIC_URL};
        ProviderBuilder::speaking(&Anthropic, PUBLIC_URL, model)
    }

    /// Settings for Google's Gemini API and this model, at Google's own endpoint. The key is sent as
    /// `x-goog-api-key`.
    ///
    /// Another endpoint is set by [`base_url`](ProviderBuilder::base_url), with or without the version, or
    /// as the whole URL of a call. That of Vertex AI is
    /// `https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION`, with a source of
    /// access tokens and [`Auth::Bearer`](crate::Auth::Bearer).
    ///
    /// ```no_run
    /// use ek_http::Provider;
    /// let provider = Provider::gemini("gemini-3-flash").api_key("FAKE-KEY-0001").build()?;
    /// # Ok::<(), ek_core::Error>(())
    /// ```
    #[doc(alias("google", "vertex"))]
    #[cfg(feature = "gemini")]
    pub fn gemini(model: impl Into<String>) -> ProviderBuilder {
        use crate::protocol::gemini::{Gemini, PUBLIC_URL};
        ProviderBuilder::speaking(&Gemini, PUBLIC_URL, model)
    }

    /// Settings for OpenAI's Responses API and this model, at OpenAI's own endpoint.
    ///
    /// Another endpoint is set by [`base_url`](ProviderBuilder::base_url): without the version, with it,
    /// or with the whole path. Azure's is `https://NAME.openai.azure.com/openai/v1` with
    /// [`Auth::ApiKeyHeader`](crate::Auth::ApiKeyHeader), or `https://NAME.openai.azure.com/openai` with
    /// an `api-version` that is set by [`query`](ProviderBuilder::query).
    ///
    /// ```no_run
    /// use ek_http::Provider;
    /// let provider = Provider::openai_responses("gpt-5.6").api_key("sk-FAKE-0001").build()?;
    /// # Ok::<(), ek_core::Error>(())
    /// ```
    #[doc(alias = "gpt")]
    #[cfg(feature = "responses")]
    pub fn openai_responses(model: impl Into<String>) -> ProviderBuilder {
        use crate::protocol::responses::{PUBLIC_URL, Responses};
        ProviderBuilder::speaking(&Responses, PUBLIC_URL, model)
    }
}
