//! A door for each protocol beside chat completions: a builder that speaks it, at its public endpoint.

use super::ProviderBuilder;
use crate::protocol::anthropic::{Anthropic, PUBLIC_URL};
use crate::provider::Provider;

impl Provider {
    /// Settings for Anthropic's Messages API and this model, at Anthropic's own endpoint; that of a
    /// gateway is set by [`base_url`](ProviderBuilder::base_url). The key is sent as `x-api-key`, a
    /// bearer token with [`Auth::Bearer`](crate::Auth::Bearer).
    ///
    /// ```
    /// use ek_http::Provider;
    /// let provider = Provider::anthropic("claude-sonnet-5").api_key("sk-ant-FAKE-0001").build()?;
    /// # Ok::<(), ek_core::Error>(())
    /// ```
    pub fn anthropic(model: impl Into<String>) -> ProviderBuilder {
        ProviderBuilder::speaking(&Anthropic, PUBLIC_URL, model)
    }
}
