//! Providers as services of tower, and services as providers, so that the layers that a program has for
//! its other clients serve here too.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

use ek_core::{
    ChatRequest, ChatStream, EmbeddingProvider, EmbeddingRequest, Embeddings, Error, ErrorKind,
    LlmProvider, LlmResponse, Result, StreamingProvider, ToolCallingProvider,
};
use futures_util::future::BoxFuture;
use tower_service::Service;

/// The error of a layer, as tower's layers have it.
type LayerError = Box<dyn StdError + Send + Sync>;

/// A request for a streamed reply, as [`ProviderService`] takes it.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{ProviderService, StreamRequest};
/// use tower::Service;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let mut service = ProviderService::new(MockProvider::new(["Low tide at six."]));
/// let stream = service.call(StreamRequest("When?".into())).await?;
/// assert_eq!(stream.collect().await?.content, "Low tide at six.");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct StreamRequest(pub ChatRequest);

/// A provider as a service: a [`ChatRequest`] is answered by an [`LlmResponse`], a [`StreamRequest`] by a
/// [`ChatStream`], an [`EmbeddingRequest`] by [`Embeddings`].
///
/// The provider is cloned for each call; `ek-http`'s `Provider` and an `Arc` of any other
/// are cheap to clone. It is always ready: what limits calls stands in the provider or in a layer.
///
/// ```
/// use std::time::Duration;
/// use ek_core::{ChatRequest, LlmProvider};
/// use ek_mock::MockProvider;
/// use ek_patterns::{ProviderService, ServiceProvider};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let service = tower::ServiceBuilder::new()
///     .timeout(Duration::from_secs(60))
///     .concurrency_limit(8)
///     .service(ProviderService::new(MockProvider::new(["Low tide at six."])));
/// let llm = ServiceProvider::new(service);
/// assert_eq!(llm.complete(&ChatRequest::user("When?")).await?.content, "Low tide at six.");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ProviderService<P>(P);

impl<P> ProviderService<P> {
    /// Makes a service of a provider.
    pub fn new(provider: P) -> Self {
        Self(provider)
    }
}

impl<P: LlmProvider + Clone + 'static> Service<ChatRequest> for ProviderService<P> {
    type Response = LlmResponse;
    type Error = Error;
    type Future = BoxFuture<'static, Result<LlmResponse>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: ChatRequest) -> Self::Future {
        let provider = self.0.clone();
        Box::pin(async move { provider.complete(&request).await })
    }
}

impl<P: StreamingProvider + Clone + 'static> Service<StreamRequest> for ProviderService<P> {
    type Response = ChatStream;
    type Error = Error;
    type Future = BoxFuture<'static, Result<ChatStream>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, StreamRequest(request): StreamRequest) -> Self::Future {
        let provider = self.0.clone();
        Box::pin(async move { provider.stream(&request).await })
    }
}

impl<P: EmbeddingProvider + Clone + 'static> Service<EmbeddingRequest> for ProviderService<P> {
    type Response = Embeddings;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Embeddings>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: EmbeddingRequest) -> Self::Future {
        let provider = self.0.clone();
        Box::pin(async move { provider.embed(&request).await })
    }
}

/// A service as a provider, for every pattern. A service that takes [`StreamRequest`] streams, and one that takes
/// [`EmbeddingRequest`] embeds.
///
/// Each call clones the service and waits until it is ready. An [`Error`] of the provider comes through the
/// layers as it was, kind and partial reply included. An error of a layer's own is
/// [`ErrorKind::Server`] and not retryable, with the layer's error as its source:
/// [`with_layer_error`](Self::with_layer_error) says otherwise.
///
/// A layer's time limit on a stream ends with its first event; `stream_idle_timeout` and
/// [`collect_within`](crate::collect_within) limit the rest.
///
/// ```
/// use ek_core::LlmProvider;
/// use ek_mock::MockProvider;
/// use ek_patterns::{ProviderService, ServiceProvider};
///
/// // Any layers stand between the two.
/// let service = ProviderService::new(MockProvider::new(["Low tide at six."]));
/// let llm = ServiceProvider::new(service).with_model("tides-1");
/// assert_eq!(llm.model(), Some("tides-1"));
/// ```
#[derive(Debug, Clone)]
pub struct ServiceProvider<S> {
    service: S,
    model: Option<String>,
    default_max_tokens: Option<u32>,
    layer_error: fn(LayerError) -> Error,
}

impl<S> ServiceProvider<S> {
    /// Makes a provider of a service.
    pub fn new(service: S) -> Self {
        Self { service, model: None, default_max_tokens: None, layer_error }
    }

    /// Names the model, for spans and prices: a service has no name.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Says the longest reply of the provider within where a request sets none, as its
    /// [`default_max_tokens`](LlmProvider::default_max_tokens) would. A ledger that limits output reserves that,
    /// and all that is left where it is not known.
    #[must_use]
    pub fn with_default_max_tokens(mut self, tokens: u32) -> Self {
        self.default_max_tokens = Some(tokens);
        self
    }

    /// Says what an error of a layer is, such as tower's `Elapsed` or `Overloaded`.
    #[must_use]
    pub fn with_layer_error(mut self, layer_error: fn(LayerError) -> Error) -> Self {
        self.layer_error = layer_error;
        self
    }

    async fn ask<R>(&self, request: R) -> Result<S::Response>
    where
        S: Service<R> + Clone,
        S::Error: Into<LayerError>,
    {
        let mut service = self.service.clone();
        let answer = async {
            poll_fn(|cx| service.poll_ready(cx)).await?;
            service.call(request).await
        };
        answer.await.map_err(|error| match error.into().downcast::<Error>() {
            Ok(own) => *own,
            Err(other) => (self.layer_error)(other),
        })
    }
}

fn layer_error(error: LayerError) -> Error {
    Error::new(ErrorKind::Server, "a layer of the service failed")
        .with_retryable(false)
        .with_source(Layer(error))
}

/// A layer's error as the source of another one.
#[derive(Debug)]
struct Layer(LayerError);

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Layer {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl<S> LlmProvider for ServiceProvider<S>
where
    S: Service<ChatRequest, Response = LlmResponse> + Clone + Send + Sync,
    S::Future: Send,
    S::Error: Into<LayerError> + Send,
{
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        self.ask(request.clone()).await
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn default_max_tokens(&self) -> Option<u32> {
        self.default_max_tokens
    }
}

impl<S> StreamingProvider for ServiceProvider<S>
where
    Self: LlmProvider,
    S: Service<StreamRequest, Response = ChatStream> + Clone + Send + Sync,
    <S as Service<StreamRequest>>::Future: Send,
    <S as Service<StreamRequest>>::Error: Into<LayerError> + Send,
{
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        self.ask(StreamRequest(request.clone())).await
    }
}

impl<S> ToolCallingProvider for ServiceProvider<S> where Self: LlmProvider {}

impl<S> EmbeddingProvider for ServiceProvider<S>
where
    S: Service<EmbeddingRequest, Response = Embeddings> + Clone + Send + Sync,
    S::Future: Send,
    S::Error: Into<LayerError> + Send,
{
    async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
        self.ask(request.clone()).await
    }

    fn embedding_model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}
