//! A provider for each kind of request.

use std::fmt;
use std::sync::Arc;

use ek_core::{
    ChatRequest, ChatStream, Error, ErrorKind, LlmProvider, LlmResponse, Result, StreamingProvider,
    ToolCallingProvider,
};

use super::{cannot_stream, largest};

/// Sends each request to the provider of the first route that takes it.
///
/// It is a provider itself, and streams or calls tools where all of its providers do. Providers of
/// several types are each wrapped in a [`DynProvider`](ek_core::DynProvider), or a
/// [`DynToolProvider`](ek_core::DynToolProvider) where tools are needed.
///
/// ```
/// use ek_core::{ChatRequest, DynProvider, LlmProvider};
/// use ek_patterns::Router;
///
/// # async fn run(large: DynProvider, small: DynProvider) -> ek_core::Result<()> {
/// let router = Router::new()
///     .with_route("long", |request: &ChatRequest| request.messages.len() > 20, large)
///     .with_default(small);
/// router.complete(&ChatRequest::user("hello")).await?; // asks the small one
/// # Ok(())
/// # }
/// ```
///
/// `Debug` shows the names of the routes, and nothing of the providers.
pub struct Router<P> {
    routes: Vec<Route<P>>,
    default: Option<Arc<P>>,
}

struct Route<P> {
    name: String,
    takes: Arc<dyn Fn(&ChatRequest) -> bool + Send + Sync>,
    provider: Arc<P>,
}

impl<P> Router<P> {
    /// A router without any route, which refuses every request.
    #[must_use]
    pub fn new() -> Self {
        Self { routes: Vec::new(), default: None }
    }

    /// Adds a route after the present ones. Errors and `Debug` show the name.
    #[must_use]
    pub fn with_route(
        mut self,
        name: impl Into<String>,
        takes: impl Fn(&ChatRequest) -> bool + Send + Sync + 'static,
        provider: P,
    ) -> Self {
        let takes = Arc::new(takes);
        self.routes.push(Route { name: name.into(), takes, provider: Arc::new(provider) });
        self
    }

    /// Sets the provider of all requests that no route takes. Default: none.
    #[must_use]
    pub fn with_default(mut self, provider: P) -> Self {
        self.default = Some(Arc::new(provider));
        self
    }

    /// The provider that this request goes to.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if no route takes it and there is no default.
    pub fn route(&self, request: &ChatRequest) -> Result<&P> {
        let taken = self.routes.iter().find(|route| (route.takes)(request));
        let provider = taken.map(|route| &route.provider).or(self.default.as_ref());
        provider.map(Arc::as_ref).ok_or_else(|| self.no_route())
    }

    fn no_route(&self) -> Error {
        let names: Vec<&str> = self.routes.iter().map(|route| route.name.as_str()).collect();
        let why = match names[..] {
            [] => "the router has neither routes nor a default provider".to_owned(),
            _ => format!(
                "no route takes the request ({}), and there is no default",
                names.join(", ")
            ),
        };
        Error::new(ErrorKind::Config, format!("{why}: `with_default` sets one"))
    }

    fn providers(&self) -> impl Iterator<Item = &P> {
        let routes = self.routes.iter().map(|route| &route.provider);
        routes.chain(self.default.as_ref()).map(Arc::as_ref)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<P: LlmProvider> LlmProvider for Router<P> {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        self.route(request)?.complete(request).await
    }

    /// The default provider's.
    fn model(&self) -> Option<&str> {
        self.default.as_ref()?.model()
    }

    /// The default provider's.
    fn provider_name(&self) -> Option<&str> {
        self.default.as_ref()?.provider_name()
    }

    /// The largest, if each provider has one.
    fn default_max_tokens(&self) -> Option<u32> {
        self.providers().map(LlmProvider::default_max_tokens).reduce(largest)?
    }
}

#[deny(clippy::missing_trait_methods)]
impl<P: StreamingProvider> StreamingProvider for Router<P> {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        if !self.supports_streaming() {
            return Err(cannot_stream("router"));
        }
        self.route(request)?.stream(request).await
    }

    /// Whether all providers do.
    fn supports_streaming(&self) -> bool {
        self.providers().all(StreamingProvider::supports_streaming)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<P: ToolCallingProvider> ToolCallingProvider for Router<P> {
    /// Whether all providers do.
    fn supports_tools(&self) -> bool {
        self.providers().all(ToolCallingProvider::supports_tools)
    }
}

/// Shares the providers.
impl<P> Clone for Router<P> {
    fn clone(&self) -> Self {
        Self { routes: self.routes.clone(), default: self.default.clone() }
    }
}

impl<P> Clone for Route<P> {
    fn clone(&self) -> Self {
        let Self { name, takes, provider } = self;
        Self { name: name.clone(), takes: Arc::clone(takes), provider: Arc::clone(provider) }
    }
}

impl<P> Default for Router<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> fmt::Debug for Router<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.routes.iter().map(|route| route.name.as_str()).collect();
        f.debug_struct("Router")
            .field("routes", &names)
            .field("has_default", &self.default.is_some())
            .finish()
    }
}
