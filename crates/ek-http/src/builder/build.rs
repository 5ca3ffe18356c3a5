//! From settings to a provider: everything is checked here, once.

use ek_core::{Error, ErrorKind, Result, is_credential_name};
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName,
    HeaderValue, USER_AGENT,
};

use super::ProviderBuilder;
use crate::auth::{Auth, KeySource};
use crate::call::{Context, Embedding, headers};
use crate::endpoint::{Endpoint, Host, Paths, insecure_key};
use crate::protocol::Defaults;
use crate::protocol::chat_completions::profile::ModelProfile;
use crate::provider::Provider;
use crate::secrets::Secrets;
use crate::telemetry::provider_name;
use crate::transport::{Settings, Transport, reads_along};

/// Above this a bound is no bound.
const MAX_CONNECTIONS: u32 = 1_000_000;

/// Domains whose servers answer 400 or 422 to `stream_options`. They send the usage all the same.
const WITHOUT_STREAM_OPTIONS: [&str; 3] = ["mistral.ai", "databricks.com", "azuredatabricks.net"];

fn takes_stream_options(host: &Host) -> bool {
    !WITHOUT_STREAM_OPTIONS.iter().any(|domain| host.is_beneath(domain))
}

impl ProviderBuilder {
    /// Checks the settings and makes the provider. Nothing is connected yet.
    ///
    /// # Errors
    /// `Config`, with the setting at fault: a bad URL, key, header, proxy, certificate or limit; a key
    /// that would travel in the clear; https without the features for it.
    pub fn build(self) -> Result<Provider> {
        let paths = self.protocol.paths();
        self.context(paths).map(Provider::from)
    }

    /// Checks the settings, for an endpoint whose API has these paths.
    pub(crate) fn context(self, paths: Paths) -> Result<Context> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let shown = super::debug::describe(&self);
        let endpoint = Endpoint::parse(self.base_url.as_str(), &self.query, paths)
            .map_err(|error| self.base_url.blamed(error))?;
        self.check_values()?;
        self.check_key(&endpoint)?;
        let key_may_travel = self.key_may_travel(&endpoint)?;
        let secrets = self.secrets(&endpoint).configured();
        let idempotency_header = self.idempotency_header_name()?;
        let own_accept = self.headers.contains_key(ACCEPT);
        let headers = self.request_headers(&endpoint)?;
        let defaults = Defaults {
            profile: self.profile.unwrap_or_else(|| ModelProfile::of(&self.model)),
            is_profile_of_all: self.profile.is_some(),
            protocol: self.protocol.name(),
            model: self.model,
            temperature: self.default_temperature,
            max_tokens: self.default_max_tokens,
            token_limit_field: self.token_limit_field,
        };
        let embedding = Embedding {
            profile: self.embedding_profile.or_else(|| self.protocol.embeddings(&endpoint)),
            model: self.embedding_model,
        };
        let settings = Settings {
            connect_timeout: self.connect_timeout,
            pool_idle_timeout: self.pool_idle_timeout,
            pool_max_idle: self.pool_max_idle,
            keep_warm: self.keep_warm,
            max_connections: u32::try_from(self.max_connections).unwrap_or(MAX_CONNECTIONS),
            http2: self.http2 && cfg!(feature = "http2"),
            resolve: self.resolve,
            connector: self.connector,
            proxy: self.proxy,
            tls: self.tls,
        };
        let transport = Transport::new(&endpoint, &settings)?;
        let stream_usage =
            self.stream_usage.unwrap_or_else(|| takes_stream_options(&endpoint.host));
        let provider_name = self.provider_name.unwrap_or_else(|| provider_name(&endpoint.host));
        Ok(Context {
            shown,
            protocol: self.protocol,
            transport,
            endpoint,
            defaults,
            embedding,
            key: self.key,
            auth: self.auth,
            key_may_travel,
            headers,
            idempotency_header,
            secrets,
            supports_tools: self.supports_tools,
            split_think_tags: self.split_think_tags,
            timeout: self.timeout,
            max_response_bytes: self.max_response_bytes,
            max_event_bytes: self.max_event_bytes,
            stream_idle_timeout: self.stream_idle_timeout,
            stream_usage,
            own_accept,
            clock: self.clock,
            provider_name,
        })
    }

    fn check_values(&self) -> Result<()> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Config, why));
        if self.model.trim().is_empty() {
            return refuse("the model is empty");
        }
        if self.embedding_model.as_ref().is_some_and(|model| model.trim().is_empty()) {
            return refuse("embedding_model is empty");
        }
        if self.default_temperature.is_some_and(|t| !t.is_finite()) {
            return refuse("default_temperature is not a finite number");
        }
        if self.default_max_tokens == Some(0) {
            return refuse("default_max_tokens is 0; use None to leave it out");
        }
        if self.timeout.is_zero() {
            return refuse("timeout is zero");
        }
        if self.connect_timeout.is_zero() {
            return refuse("connect_timeout is zero");
        }
        if self.pool_idle_timeout.is_zero() {
            return refuse("pool_idle_timeout is zero; pool_max_idle(0) keeps no idle connection");
        }
        if self.stream_idle_timeout.is_zero() {
            return refuse("stream_idle_timeout is zero");
        }
        if self.max_event_bytes == 0 {
            return refuse("max_event_bytes is 0");
        }
        if self.max_response_bytes == 0 {
            return refuse("max_response_bytes is 0");
        }
        if self.max_connections == 0 || self.max_connections > MAX_CONNECTIONS as usize {
            return refuse("max_connections is not between 1 and 1,000,000");
        }
        if self.resolve.iter().any(|(host, addresses)| host.is_empty() || addresses.is_empty()) {
            return refuse("resolve needs a host and at least one address");
        }
        Ok(())
    }

    fn check_key(&self, endpoint: &Endpoint) -> Result<()> {
        if self.auth == Auth::None && !self.key.is_none() {
            let why = "a key was given, but auth is Auth::None, which sends none";
            return Err(Error::new(ErrorKind::Config, why));
        }
        let has_key = !self.key.is_none()
            || headers::has_credentials(&self.headers)
            || endpoint.has_credentials();
        if has_key && !self.key_may_travel(endpoint)? {
            return Err(self.base_url.blamed(insecure_key()));
        }
        Ok(())
    }

    /// Whether the way to the endpoint is encrypted, or local from end to end, or said to be safe.
    fn key_may_travel(&self, endpoint: &Endpoint) -> Result<bool> {
        if self.allow_insecure_key || endpoint.https {
            return Ok(true);
        }
        let proxy = reads_along(&self.proxy, endpoint)?;
        Ok(endpoint.keeps_key_private() && proxy.is_none_or(|proxy| proxy.is_local()))
    }

    fn idempotency_header_name(&self) -> Result<Option<HeaderName>> {
        let Some(name) = self.idempotency_header.as_deref() else { return Ok(None) };
        let (name, _) = headers::checked(name, "x")?;
        if is_credential_name(name.as_str()) || [ACCEPT, CONTENT_TYPE, USER_AGENT].contains(&name) {
            let why = format!("idempotency_header is `{name}`, which carries another value");
            return Err(Error::new(ErrorKind::Config, why));
        }
        Ok(Some(name))
    }

    /// What every request carries, prepared once: a request has a copy.
    fn request_headers(&self, endpoint: &Endpoint) -> Result<HeaderMap> {
        let agent = concat!("executionkit/", env!("CARGO_PKG_VERSION"));
        let mut headers = HeaderMap::with_capacity(8);
        let known = [
            (HOST, endpoint.host_header()),
            // Its place is kept, so that a copy need not grow.
            (CONTENT_LENGTH, HeaderValue::from_static("0")),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (ACCEPT, HeaderValue::from_static("application/json")),
            (USER_AGENT, HeaderValue::from_static(agent)),
        ];
        let given = self.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
        let fixed = self.protocol.headers().iter();
        let fixed = fixed
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        for (name, value) in known.into_iter().chain(fixed).chain(given) {
            headers.insert(name, value);
        }
        // What comes back compressed could be larger than any cap, and is refused.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let KeySource::Fixed(key) = &self.key
            && let Some((name, value)) = self.auth.header(key)?
        {
            headers.insert(name, value);
        }
        Ok(headers)
    }

    /// Every configured value that must not come back in an error.
    fn secrets(&self, endpoint: &Endpoint) -> Secrets {
        let mut secrets = Secrets::default();
        if let KeySource::Fixed(key) = &self.key {
            secrets.add_key(key.expose());
        }
        for (name, value) in &self.headers {
            if let (true, Ok(value)) = (name != USER_AGENT, value.to_str()) {
                secrets.add(value);
            }
        }
        for value in endpoint.query_secrets() {
            secrets.add(value);
        }
        for url in self.proxy.urls() {
            if let Some((userinfo, _)) = url.rsplit_once('@') {
                let userinfo = userinfo.rsplit_once("://").map_or(userinfo, |(_, rest)| rest);
                secrets.add_userinfo(userinfo);
            }
        }
        secrets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_ask_for_their_usage_unless_the_host_is_known_to_refuse_that() {
        let asks = |url: &str, set: Option<bool>| {
            let mut settings = Provider::builder(url, "m");
            if let Some(ask) = set {
                settings = settings.stream_usage(ask);
            }
            let paths = settings.protocol.paths();
            settings.context(paths).expect("sound").stream_usage
        };
        assert!(asks("http://localhost/v1", None) && !asks("http://localhost/v1", Some(false)));
        assert!(!asks("http://api.mistral.ai/v1", None));
        assert!(!asks("http://adb-1.azuredatabricks.net/serving-endpoints", None));
        assert!(asks("http://api.mistral.ai/v1", Some(true)));
    }
}
