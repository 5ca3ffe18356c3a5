//! The provider: what is shared by its clones, and the traits it implements.

use std::fmt;
use std::sync::Arc;

use crate::call::{Call, Context, embed};
use crate::protocol::Mode;
use crate::protocol::embeddings::model_of;
use crate::telemetry::CallSpan;
use ek_core::{
    ChatRequest, ChatStream, EmbeddingLimits, EmbeddingProvider, EmbeddingRequest, Embeddings,
    LlmProvider, LlmResponse, Result, StreamingProvider, ToolCallingProvider,
};

/// An endpoint: a pooled client for what is spoken there, chat completions
/// ([`new`](Self::new), [`builder`](Self::builder)) or a vendor's own protocol (`anthropic`,
/// `openai_responses`, `gemini`, each behind a feature).
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
#[doc(alias(
    "client",
    "openai",
    "azure",
    "ollama",
    "vllm",
    "llama.cpp",
    "groq",
    "mistral",
    "deepseek",
    "openrouter"
))]
#[derive(Clone)]
pub struct Provider(Arc<Context>);

impl From<Context> for Provider {
    fn from(context: Context) -> Self {
        Self(Arc::new(context))
    }
}

impl Provider {
    /// Opens a connection and keeps it for the next call, so that its first token comes one round trip after
    /// the request, and not three. Does nothing where a connection can be used already.
    ///
    /// No request is sent. A server that scales from zero begins to start at the first connection or only
    /// at the first request; this takes the handshakes off the first call in any case. The connection is
    /// closed when it has been idle for [`pool_idle_timeout`](crate::ProviderBuilder::pool_idle_timeout), unless
    /// [`keep_warm`](crate::ProviderBuilder::keep_warm) is on.
    ///
    /// ```no_run
    /// # async fn run() -> ek_core::Result<()> {
    /// let provider = ek_http::Provider::new("http://localhost:11434/v1", "llama3.2")?;
    /// provider.connect().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Connect`, `Tls` or `Timeout` if there is no connection, as a call would say; `Config` if the
    /// provider was closed, or this is called outside a tokio runtime.
    pub async fn connect(&self) -> Result<()> {
        let runtime = crate::call::runtime()?;
        self.0.transport.connect(self.0.timeout, runtime).await
    }

    /// Waits for calls in flight to end and closes the pool, for all clones. Later calls get `Config`.
    ///
    /// Not needed for cleaning up: dropping the last clone closes the connections too.
    pub async fn close(&self) {
        self.0.transport.close().await;
    }

    /// What every exchange of the provider needs.
    pub(crate) fn context(&self) -> &Arc<Context> {
        &self.0
    }

    fn span(&self, request: &ChatRequest, stream: bool) -> CallSpan {
        let context = &*self.0;
        let model = context.defaults.model_of(request);
        CallSpan::new(model, &context.provider_name, &context.endpoint, stream)
    }
}

#[deny(clippy::missing_trait_methods)]
impl LlmProvider for Provider {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        let span = self.span(request, false);
        let outcome = span
            .run(async {
                Call::prepare(&self.0, request, Mode::Unary).await?.complete(&span).await
            })
            .await;
        if let Err(error) = &outcome {
            span.record_error(error);
        }
        outcome.map(|reply| *reply)
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
    /// A stream holds its connection, or its share of one over HTTP/2, until it ends or is dropped. Streams
    /// beyond [`max_connections`](crate::ProviderBuilder::max_connections) (100 by default) wait for one.
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        let span = self.span(request, true);
        let mode = Mode::Stream { usage: self.0.stream_usage };
        // Boxed, so that a stream does not keep the room that its beginning took.
        let call = Box::pin(async {
            let outcome = span.run(async {
                Call::prepare(&self.0, request, mode).await?.stream(span.clone()).await
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

/// Texts become vectors at the endpoint that the protocol has beside its own: `/embeddings` of chat
/// completions and Responses, `:batchEmbedContents` of Gemini. Anthropic has none, and answers
/// `Unsupported`. How vendors differ is in [`EmbeddingProfile`](crate::EmbeddingProfile).
///
/// Pool, TLS, time limits, caps, headers and errors are those of every other call. As many vectors come
/// back as there are inputs, in their order, or it is an error: a row that is no vector, a missing or
/// surplus one, and another width than was asked for are `Malformed`.
///
/// ```no_run
/// use ek_core::{EmbeddingProvider as _, EmbeddingRequest};
/// use ek_http::Provider;
///
/// # async fn run() -> ek_core::Result<()> {
/// let provider = Provider::builder("https://api.openai.com/v1", "gpt-4.1-mini")
///     .embedding_model("text-embedding-3-small")
///     .api_key(std::env::var("OPENAI_API_KEY").unwrap_or_default())
///     .build()?;
/// let texts = ["Kilns cool slowly.", "The lake is calm.", "What cools slowly?"];
/// let found = provider.embed(&EmbeddingRequest::new(texts)).await?;
/// println!("{:?}", found.cosine_similarity(2, 0));
/// # Ok(())
/// # }
/// ```
#[deny(clippy::missing_trait_methods)]
impl EmbeddingProvider for Provider {
    async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
        let context = &self.0;
        let model = model_of(request, context.embedding_model());
        let span = CallSpan::embeddings(model, &context.provider_name, &context.endpoint, request);
        let outcome = span.run(embed(context, request, &span)).await;
        if let Err(error) = &outcome {
            span.record_error(error);
        }
        outcome
    }

    fn embedding_model(&self) -> Option<&str> {
        Some(self.0.embedding_model())
    }

    fn embedding_limits(&self) -> EmbeddingLimits {
        let profile = self.0.embedding.profile;
        let model = self.0.embedding_model();
        profile.map_or(EmbeddingLimits::UNKNOWN, |profile| profile.limits_of(model))
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
