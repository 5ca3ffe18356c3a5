//! A server as a URL: its key, its headers, its connections.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ek_core::{ApiKey, Error, Result};
use ek_http::{HttpClient, ProviderBuilder};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::common::client_side_sse::ExponentialBackoff;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;

use super::client::Client;
use super::sessions::Sessions;
use crate::connection::Connection;
use crate::session::{Session, Setup, in_runtime};
use crate::{McpOptions, McpServer};

/// How often a lost stream of events is asked for again, and the longest wait before it.
const MAX_RECONNECTS: usize = 5;
const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(30);
/// What a request may take beyond the limit of its call, so that the call's own error comes first.
const MARGIN: Duration = Duration::from_secs(5);

/// A server behind a URL, spoken with over streamable HTTP; made by [`McpServer::url`].
///
/// It has the connections of `ek-http`: no redirect is followed, so that a key goes nowhere else, and a key does
/// not travel over plain http to a host that is not local.
///
/// `Debug` shows neither keys nor the values of headers.
///
/// ```no_run
/// # async fn run(token: &str) -> ek_core::Result<()> {
/// use ek_mcp::{McpOptions, McpServer};
///
/// let server = McpServer::url("https://tides.example/mcp")
///     .bearer(token)
///     .connection(|http| http.proxy_from_env())
///     .options(McpOptions::default().with_prefix("tides_"))
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is sent until it is connected"]
pub struct McpUrl {
    url: String,
    http: ProviderBuilder,
    options: McpOptions,
}

impl McpServer {
    /// A server behind a URL, which is taken as it is (feature `http`).
    pub fn url(url: impl Into<String>) -> McpUrl {
        let url = url.into();
        McpUrl { http: HttpClient::builder(url.clone()), url, options: McpOptions::default() }
    }
}

impl McpUrl {
    /// The key that is sent as `authorization: Bearer KEY`. [`connection`](Self::connection) has other ways, and
    /// keys that change.
    pub fn bearer<K>(mut self, key: K) -> Self
    where
        K: TryInto<ApiKey>,
        Error: From<K::Error>,
    {
        self.http = self.http.api_key(key);
        self
    }

    /// Adds a header to every request.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.http = self.http.header(name, value);
        self
    }

    /// Changes the settings of the connections: certificates, proxies, the source of the key. Settings of models
    /// have no effect, and the limits in time are those of [`McpOptions`].
    pub fn connection(mut self, change: impl FnOnce(ProviderBuilder) -> ProviderBuilder) -> Self {
        self.http = change(self.http);
        self
    }

    /// Sets names and limits.
    pub fn options(mut self, options: McpOptions) -> Self {
        self.options = options;
        self
    }

    /// Shakes hands with the server.
    ///
    /// # Errors
    /// `Config` for a wrong setting; `Timeout` after [`connect_timeout`](McpOptions::connect_timeout);
    /// `Connect`, `Tls` and the like where there is no connection; `Rejected` and the like by the status of the
    /// answer; `Malformed` where it is none of the protocol.
    pub async fn connect(self) -> Result<McpServer> {
        self.options.check()?;
        let name = self.options.name.clone().unwrap_or_else(|| host(&self.url).to_owned());
        in_runtime(&name)?;
        let longest = self.options.call_timeout.max(self.options.connect_timeout);
        let http = self.http.timeout(longest.saturating_add(MARGIN)).build_http_client();
        let http = http.map_err(|error| error.with_context(format!("the MCP server `{name}`")))?;
        let connection = Arc::new(Connection::default());
        let client = Client {
            http: http.clone(),
            connection: Arc::clone(&connection),
            max_message_bytes: self.options.max_message_bytes,
            sessions: Sessions::default(),
        };
        let mut backoff = ExponentialBackoff::default();
        backoff.max_times = Some(MAX_RECONNECTS);
        backoff.max_delay = Some(MAX_RECONNECT_DELAY);
        // The client knows the URL, which may hold a key.
        let mut config = StreamableHttpClientTransportConfig::with_uri("mcp");
        config.retry_config = Arc::new(backoff);
        let transport = StreamableHttpClientTransport::with_client(client, config);
        let mask = Arc::new(move |text: &str| http.mask(text).into_owned());
        let setup = Setup { name, options: self.options, connection, mask };
        Session::begin(setup, transport).await.map(McpServer::new)
    }
}

/// The host of a URL, for its name. The URL itself is checked elsewhere.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

impl fmt::Debug for McpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpUrl")
            .field("http", &self.http)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_called_by_its_host_unless_it_has_a_name() {
        for url in
            ["https://tides.example/mcp?key=MARK", "tides.example", "http://u:MARK@tides.example"]
        {
            assert_eq!(host(url), "tides.example");
        }
        let url = McpServer::url("https://tides.example/mcp?key=MARK").bearer("MARKMARK");
        let shown = format!("{:?}", url.header("x-tide", "MARK"));
        assert!(shown.contains("tides.example") && !shown.contains("MARK"), "{shown}");
    }
}
