//! The settings of a provider, each with its default; checked together by `build`.

mod build;
mod connection;
mod debug;
mod embeddings;
#[cfg(any(feature = "anthropic", feature = "gemini", feature = "responses"))]
mod protocols;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ek_core::{ApiKey, Error, Result};
use hyper::header::HeaderMap;

use crate::auth::{Auth, KeySource};
use crate::call::{Clock, headers};
use crate::protocol::Protocol;
use crate::protocol::chat_completions::ChatCompletions;
use crate::protocol::chat_completions::profile::{ModelProfile, TokenLimitField};
use crate::protocol::embeddings::EmbeddingProfile;
use crate::provider::Provider;
use crate::setting::Setting;
use crate::transport::{Dialer, ProxySettings, TlsSettings};

/// Settings for a [`Provider`].
///
/// A wrong value is reported by [`build`](Self::build), as one `Config` error that says which setting
/// it was. `Debug` shows no key, header value, query value or proxy credential, and of the base URL
/// scheme, host and port alone.
///
/// ```
/// use std::time::Duration;
/// use ek_http::Provider;
///
/// let provider = Provider::builder("http://localhost:11434/v1", "llama3.2")
///     .default_temperature(0.2)
///     .timeout(Duration::from_secs(30))
///     .header("x-team", "blue")
///     .build()?;
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct ProviderBuilder {
    protocol: &'static dyn Protocol,
    base_url: Setting,
    model: String,
    key: KeySource,
    auth: Auth,
    allow_insecure_key: bool,
    default_temperature: Option<f64>,
    default_max_tokens: Option<u32>,
    profile: Option<ModelProfile>,
    token_limit_field: Option<TokenLimitField>,
    embedding_profile: Option<EmbeddingProfile>,
    embedding_model: Option<String>,
    supports_tools: bool,
    split_think_tags: bool,
    timeout: Duration,
    connect_timeout: Duration,
    max_response_bytes: usize,
    max_event_bytes: usize,
    stream_idle_timeout: Duration,
    stream_usage: Option<bool>,
    headers: HeaderMap,
    idempotency_header: Option<String>,
    query: Vec<(String, String)>,
    pool_idle_timeout: Duration,
    pool_max_idle: usize,
    keep_warm: bool,
    max_connections: usize,
    http2: bool,
    resolve: Vec<(String, Vec<std::net::SocketAddr>)>,
    connector: Option<Dialer>,
    proxy: ProxySettings,
    tls: TlsSettings,
    clock: Clock,
    provider_name: Option<String>,
    /// The first wrong value given to a setter.
    fault: Option<Error>,
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
}

impl ProviderBuilder {
    /// Settings for this endpoint and model, with every default.
    ///
    /// `base_url` is what stands before `/chat/completions`, such as `https://api.openai.com/v1`; a URL
    /// that already ends so is taken as it is.
    pub fn new(base_url: impl Into<String>, model: impl Into<String>) -> Self {
        Self::speaking(&ChatCompletions, Setting::from(base_url.into()), model)
    }

    /// The same for any protocol.
    pub(crate) fn speaking(
        protocol: &'static dyn Protocol,
        base_url: impl Into<Setting>,
        model: impl Into<String>,
    ) -> Self {
        Self {
            protocol,
            base_url: base_url.into(),
            model: model.into(),
            key: KeySource::None,
            auth: protocol.default_auth(),
            allow_insecure_key: false,
            default_temperature: protocol.default_temperature(),
            default_max_tokens: protocol.default_max_tokens(),
            profile: None,
            token_limit_field: None,
            embedding_profile: None,
            embedding_model: None,
            supports_tools: true,
            split_think_tags: false,
            timeout: Duration::from_secs(120),
            connect_timeout: Duration::from_secs(10),
            max_response_bytes: 64 * 1024 * 1024,
            max_event_bytes: 64 * 1024 * 1024,
            stream_idle_timeout: Duration::from_secs(120),
            stream_usage: None,
            headers: HeaderMap::new(),
            idempotency_header: None,
            query: Vec::new(),
            pool_idle_timeout: Duration::from_secs(50),
            pool_max_idle: 100,
            keep_warm: false,
            max_connections: 100,
            http2: true,
            resolve: Vec::new(),
            connector: None,
            proxy: ProxySettings::default(),
            tls: TlsSettings::default(),
            clock: Arc::new(SystemTime::now),
            provider_name: None,
            fault: None,
        }
    }

    /// What is spoken.
    #[cfg(test)]
    pub(crate) fn protocol_name(&self) -> ek_core::ProtocolName {
        self.protocol.name()
    }

    /// The endpoint: what stands before the path of the API, with or without the API's version
    /// (`https://gateway.example`, `https://gateway.example/v1`); a URL that ends in the whole path is
    /// taken as it is.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Setting::from(base_url.into());
        self
    }

    /// The key. Default: none, for local servers.
    pub fn api_key<K>(mut self, key: K) -> Self
    where
        K: TryInto<ApiKey>,
        Error: From<K::Error>,
    {
        match key.try_into() {
            Ok(key) => self.key = KeySource::Fixed(key),
            Err(error) => self.note(error.into()),
        }
        self
    }

    /// Asks for the key once per attempt, within the attempt's time, so that short-lived tokens can
    /// rotate. Its error is the call's.
    pub fn api_key_source<F, Fut>(mut self, ask: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<ApiKey>> + Send + 'static,
    {
        self.key = KeySource::asked(ask);
        self
    }

    /// How the key is sent. Default: as the protocol wants it, [`Auth::Bearer`] for chat completions.
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// Lets a key travel over plain http to a host that is not local. Default: false.
    ///
    /// A header or a pair of the query, the base URL's own too, is a key where
    /// [`is_credential_name`](ek_core::is_credential_name) says so of its name.
    /// Without it a key goes over plain http to loopback, private and link-local addresses, single-label
    /// names (containers) and names under `.local`, `.localhost`, `.internal`, `.lan`, `.home.arpa` and
    /// `.svc` only.
    pub fn allow_insecure_key(mut self, allow: bool) -> Self {
        self.allow_insecure_key = allow;
        self
    }

    /// The temperature of requests that ask for none. Default: 0.7; `None` leaves the field out.
    pub fn default_temperature(mut self, temperature: impl Into<Option<f64>>) -> Self {
        self.default_temperature = temperature.into();
        self
    }

    /// The longest reply of requests that set none, in tokens. Default: 4096; `None` leaves the field
    /// out.
    pub fn default_max_tokens(mut self, max_tokens: impl Into<Option<u32>>) -> Self {
        self.default_max_tokens = max_tokens.into();
        self
    }

    /// What the models behind this endpoint take. Default: by the model's name
    /// ([`ModelProfile::of`]).
    pub fn model_profile(mut self, profile: ModelProfile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// The payload's field for the longest reply. Default: by the model's profile.
    pub fn token_limit_field(mut self, field: TokenLimitField) -> Self {
        self.token_limit_field = Some(field);
        self
    }

    /// Whether the models behind this endpoint can call tools. Default: true. Where it is false, a
    /// request with tools is refused before anything is sent.
    pub fn supports_tools(mut self, supports: bool) -> Self {
        self.supports_tools = supports;
        self
    }

    /// Splits `<think>...</think>` off the text as reasoning. Default: false, the text stays as it is.
    pub fn split_think_tags(mut self, split: bool) -> Self {
        self.split_think_tags = split;
        self
    }

    /// The longest time for one attempt, from sending to the last byte; for a stream, to the head of the
    /// answer. Default: 120 s. A request's own
    /// [`timeout`](ek_core::ChatRequest::timeout) wins.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The largest reply, in bytes; of a stream, what is kept of it. Default: 64 MiB. Error bodies are
    /// read up to 64 KiB.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// The longest time a stream may stand still. Default: 120 s.
    ///
    /// Keep-alive comments are no progress, and the time that the consumer takes does not count. There
    /// is no limit on a stream's total time; [`timeout`](Self::timeout) covers the time until it begins.
    pub fn stream_idle_timeout(mut self, timeout: Duration) -> Self {
        self.stream_idle_timeout = timeout;
        self
    }

    /// The largest event of a stream that is read, in bytes. Default: 64 MiB.
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.max_event_bytes = bytes;
        self
    }

    /// Whether streams are asked to end with their usage (`stream_options.include_usage`). Default: true, but
    /// for the hosts of Mistral and Databricks, which refuse the field and send the usage all the same; some older
    /// servers refuse it too.
    pub fn stream_usage(mut self, ask: bool) -> Self {
        self.stream_usage = Some(ask);
        self
    }

    /// Adds a header to every request; a later one of the same name replaces it, and a request's own
    /// wins.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        match headers::checked(name.as_ref(), value.as_ref()) {
            Ok((name, value)) => drop(self.headers.insert(name, value)),
            Err(error) => self.note(error),
        }
        self
    }

    /// The `user-agent` header. Default: `executionkit/VERSION`; gateways refuse requests without one.
    pub fn user_agent(self, value: impl AsRef<str>) -> Self {
        self.header("user-agent", value)
    }

    /// Sends an idempotency key under this header's name. Default: none is sent.
    ///
    /// The value is the request's [`idempotency_key`](ek_core::ChatRequest::idempotency_key), the same
    /// for every attempt; a request without one gets a fresh value. The name of a credential or of a
    /// header that the client sets is a `Config` error.
    pub fn idempotency_header(mut self, name: impl Into<String>) -> Self {
        self.idempotency_header = Some(name.into());
        self
    }

    /// Adds a pair to the URL's query, such as Azure's `api-version`.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// The clock by which a server's absolute retry hints are measured where its answer shows no date.
    /// Default: the system's. For tests.
    pub fn wall_clock<F>(mut self, clock: F) -> Self
    where
        F: Fn() -> SystemTime + Send + Sync + 'static,
    {
        self.clock = Arc::new(clock);
        self
    }

    /// What spans call the provider (`gen_ai.provider.name`; feature `tracing`). Default: by the
    /// endpoint's host, the name that the [OpenTelemetry GenAI conventions] have for it (`openai`,
    /// `azure.ai.openai`, `groq`, ...), or the host itself where they have none.
    ///
    /// [OpenTelemetry GenAI conventions]: https://opentelemetry.io/docs/specs/semconv/gen-ai/
    pub fn provider_name(mut self, name: impl Into<String>) -> Self {
        self.provider_name = Some(name.into());
        self
    }

    /// Keeps the first fault: it is the one to mend first.
    fn note(&mut self, error: Error) {
        self.fault.get_or_insert(error);
    }

    /// Gives back the settings if what the variable set is sound.
    pub(crate) fn set_by(mut self, variable: &str) -> Result<Self> {
        match self.fault.take() {
            Some(fault) => Err(fault.with_context(variable)),
            None => Ok(self),
        }
    }
}

impl fmt::Debug for ProviderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug::show("ProviderBuilder", self, f)
    }
}
