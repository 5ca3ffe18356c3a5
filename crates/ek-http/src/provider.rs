//! The provider: what is shared by its clones, and the traits it implements.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ek_core::{
    ChatRequest, ChatStream, Error, ErrorKind, LlmProvider, LlmResponse, Result, StreamingProvider,
    ToolCallingProvider,
};
use hyper::header::{HeaderMap, HeaderName};

use crate::auth::{Auth, KeySource};
use crate::builder::debug::Shown;
use crate::builder::{Clock, ProviderBuilder};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::protocol::{Defaults, Mode, Protocol};
use crate::secrets::Secrets;
use crate::telemetry::CallSpan;
use crate::transport::Transport;

/// An OpenAI-compatible endpoint: a pooled client for `POST {base_url}/chat/completions`.
///
/// Cheap to clone; clones share the pool. One call is one request: nothing is retried here, no
/// redirect is followed, no cookie kept, no proxy variable read. Dropping a call's future closes its
/// connection; dropping the last clone closes the pool.
///
/// `Debug` shows `api_key: "***"` always, and no header values.
///
/// ```no_run
/// use ek_core::{ChatRequest, LlmProvider as _};
/// use ek_http::Provider;
///
/// # async fn run() -> ek_core::Result<()> {
/// let provider = Provider::new("http://localhost:11434/v1", "llama3.2")?;
/// let reply = provider.complete(&ChatRequest::user("hello")).await?;
/// println!("{} ({:?} tokens)", reply.content, reply.total_tokens());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) shown: Shown,
    pub(crate) protocol: &'static dyn Protocol,
    pub(crate) transport: Transport,
    pub(crate) endpoint: Endpoint,
    pub(crate) defaults: Defaults,
    pub(crate) key: KeySource,
    pub(crate) auth: Auth,
    /// The way is encrypted or local, or the user said that it is safe.
    pub(crate) key_may_travel: bool,
    pub(crate) headers: HeaderMap,
    pub(crate) idempotency_header: Option<HeaderName>,
    pub(crate) secrets: Secrets,
    pub(crate) supports_tools: bool,
    pub(crate) split_think_tags: bool,
    pub(crate) timeout: Duration,
    pub(crate) max_response_bytes: usize,
    pub(crate) max_event_bytes: usize,
    pub(crate) stream_idle_timeout: Duration,
    pub(crate) stream_usage: bool,
    /// The caller has set an `accept` header.
    pub(crate) own_accept: bool,
    pub(crate) clock: Clock,
    /// Who stands behind the endpoint, for spans.
    pub(crate) provider_name: String,
}

impl From<Inner> for Provider {
    fn from(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

impl Provider {
    /// A provider without a key, with every default; for local servers.
    ///
    /// # Errors
    /// `Config` if the URL or the model cannot be used.
    pub fn new(base_url: impl Into<String>, model: impl Into<String>) -> Result<Self> {
        Self::builder(base_url, model).build()
    }

    /// Settings for an endpoint and model.
    pub fn builder(base_url: impl Into<String>, model: impl Into<String>) -> ProviderBuilder {
        ProviderBuilder::new(base_url, model)
    }

    /// A provider from the environment; see [`ProviderBuilder::from_env`] for the variables.
    ///
    /// # Errors
    /// `Config` if a variable is missing or cannot be used; its [`code`](Error::code) is
    /// `environment_unset` if nothing is set at all.
    pub fn from_env() -> Result<Self> {
        ProviderBuilder::from_env()?.build()
    }

    /// Waits for calls in flight to end and closes the pool, for all clones. Later calls get `Config`.
    ///
    /// Not needed for cleaning up: dropping the last clone closes the connections too.
    pub async fn close(&self) {
        self.0.transport.close().await;
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    fn span(&self, request: &ChatRequest, stream: bool) -> CallSpan {
        let inner = &*self.0;
        let model = inner.defaults.model_of(request);
        CallSpan::new(model, &inner.provider_name, &inner.endpoint, stream)
    }
}

#[deny(clippy::missing_trait_methods)]
impl LlmProvider for Provider {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        let span = self.span(request, false);
        let outcome = span
            .run(async { Call::prepare(self, request, Mode::Unary).await?.complete(&span).await })
            .await;
        if let Err(error) = &outcome {
            span.record_error(error);
        }
        outcome
    }

    fn model(&self) -> Option<&str> {
        Some(&self.0.defaults.model)
    }

    /// The builder's, else by the endpoint's host.
    fn provider_name(&self) -> Option<&str> {
        Some(&self.0.provider_name)
    }

    fn default_max_tokens(&self) -> Option<u32> {
        self.0.defaults.max_tokens
    }
}

#[deny(clippy::missing_trait_methods)]
impl StreamingProvider for Provider {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        let span = self.span(request, true);
        let mode = Mode::Stream { usage: self.0.stream_usage };
        // Boxed, so that whoever holds the stream does not hold the room that beginning it took.
        let call = Box::pin(async {
            let outcome = span.run(async {
                Call::prepare(self, request, mode).await?.stream(span.clone()).await
            });
            outcome.await
        });
        let outcome = call.await;
        if let Err(error) = &outcome {
            span.record_error(error);
        }
        outcome
    }

    fn supports_streaming(&self) -> bool {
        true
    }
}

#[deny(clippy::missing_trait_methods)]
impl ToolCallingProvider for Provider {
    fn supports_tools(&self) -> bool {
        self.0.supports_tools
    }
}

/// `api_key` is `***` always, whatever the key and whether there is one.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("base_url", &self.0.shown.base_url)
            .field("model", &self.0.shown.model)
            .field("api_key", &"***")
            .field("headers", &self.0.shown.headers)
            .field("timeout", &self.0.timeout)
            .finish_non_exhaustive()
    }
}

/// A credential would be readable by everyone on the way.
pub(crate) fn insecure_key() -> Error {
    Error::new(
        ErrorKind::Config,
        "a key would go over plain http to a host or a proxy that is not local: use https, or \
         allow_insecure_key(true) if the way there is safe",
    )
}
