//! The settings that concern connections: limits, names, TLS, proxies.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use hyper::rt::{Read, Write};
use tower_service::Service;

use super::ProviderBuilder;
use crate::env::variable;
use crate::setting::Setting;
use crate::transport::{
    BoxError, Dialer, ProxyChoice, ProxySettings, TlsBackend, TlsRoots, read_certificates,
    read_identity,
};

impl ProviderBuilder {
    /// The longest time until a connection stands: TCP, the proxy's part and TLS together. Default: 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long an unused connection is kept before a timer closes it. Default: 50 s.
    ///
    /// Load balancers drop an idle connection after 60 s as a rule, some without a word: a request on such
    /// a connection is lost, and whether the server has seen it cannot be known. With 50 s the client is
    /// the one that closes. Raise it where the server is known to keep connections for longer. Where calls
    /// are rarer than this and the time to the first token counts, see [`keep_warm`](Self::keep_warm).
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.pool_idle_timeout = timeout;
        self
    }

    /// How many unused connections are kept. Default: 100; 0 keeps none.
    pub fn pool_max_idle(mut self, connections: usize) -> Self {
        self.pool_max_idle = connections;
        self
    }

    /// Whether a connection is opened in place of the last one when that is closed because it was idle
    /// for too long. Default: false.
    ///
    /// The next call then finds a connection, and its first token comes one round trip after the request,
    /// in place of three over TLS. It costs a handshake for each idle timeout, and a server that scales to
    /// zero may stay up for it. It begins with the first call, or with
    /// [`Provider::connect`](crate::Provider::connect), and ends with the provider. Where the server cannot
    /// be reached it is tried again after the idle timeout. [`pool_max_idle(0)`](Self::pool_max_idle) keeps
    /// no connection, this one included.
    pub fn keep_warm(mut self, keep: bool) -> Self {
        self.keep_warm = keep;
        self
    }

    /// How many connections there are at once: being made, in use, idle, or closing. Default: 100.
    ///
    /// Over HTTP/1 each carries one call or stream, over HTTP/2 as many as the server allows (often 100).
    /// Further calls wait in order, outside the attempt's time but not longer than it; the first time one
    /// waits, a `WARN` event says so (feature `tracing`). Raise it for more than 100 slow streams at once
    /// over HTTP/1.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// Whether HTTP/2 is offered to https endpoints. Default: true where the feature `http2` is on.
    pub fn http2(mut self, offer: bool) -> Self {
        self.http2 = offer;
        self
    }

    /// Fixed addresses for a host, instead of what DNS says; several are tried in order. A port
    /// in the URL counts; an address's own where the URL has none, and 0 means the scheme's.
    pub fn resolve(
        mut self,
        host: impl Into<String>,
        addresses: impl IntoIterator<Item = SocketAddr>,
    ) -> Self {
        self.resolve.push((host.into(), addresses.into_iter().collect()));
        self
    }

    /// Makes connections in place of TCP: Unix sockets, in-memory pipes for tests. TLS goes on top for
    /// https.
    ///
    /// Any `tower_service::Service<Uri>` whose response is IO in hyper's sense will do
    /// (`hyper_util::rt::TokioIo` adapts tokio's).
    pub fn connector<C>(mut self, connector: C) -> Self
    where
        C: Service<Uri> + Clone + Send + Sync + 'static,
        C::Response: Read + Write + Send + Unpin + 'static,
        C::Error: Into<BoxError>,
        C::Future: Send + 'static,
    {
        self.connector = Some(Dialer::custom(connector));
        self
    }

    /// Goes through this proxy: `http://[user:password@]host:port` (CONNECT for https endpoints),
    /// `socks5://...` (names resolved here) or `socks5h://...` (names resolved by the proxy). Default:
    /// none; proxy variables are read by [`proxy_from_env`](Self::proxy_from_env) only. Where the feature
    /// `proxy` is off, building a provider whose endpoint has a proxy fails.
    ///
    /// A call that the proxy opens no way for fails with `Connect`, which names what the proxy answered, and is
    /// retried unless that answer is final: HTTP 3xx or 4xx, a rule of the SOCKS proxy, or that it wants other
    /// credentials. HTTP 407 is `Rejected`.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy.choice = ProxyChoice::Fixed(Setting::from(url.into()));
        self
    }

    /// Hosts that are asked without the proxy, in the notation of `NO_PROXY`: names with their
    /// subdomains (`*.name` too), addresses, networks like `10.0.0.0/8`, each with or without a port and a
    /// scheme, or `*`; separated by commas or spaces. An entry that can never match is a `Config` error
    /// when the provider is built.
    pub fn no_proxy(mut self, hosts: impl Into<String>) -> Self {
        self.proxy.except = Setting::from(hosts.into());
        self
    }

    /// Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` (lower case too), as curl does. One
    /// that cannot be used is a `Config` error that names it, when the provider is built.
    pub fn proxy_from_env(mut self) -> Self {
        match ProxySettings::from_env(&variable) {
            Ok(proxy) => self.proxy = proxy,
            Err(error) => self.note(error),
        }
        self
    }

    /// Trusts a certificate authority besides the usual ones: PEM text (one or more certificates) or
    /// DER bytes.
    #[doc(alias = "ca")]
    pub fn root_certificate(mut self, certificate: impl AsRef<[u8]>) -> Self {
        match read_certificates(certificate.as_ref()) {
            Ok(certificates) => self.tls.added_roots.extend(certificates),
            Err(error) => self.note(error),
        }
        self
    }

    /// Shows this certificate to servers that want one: the chain and the private key in one PEM text.
    #[doc(alias = "mtls")]
    pub fn client_identity(mut self, pem: impl AsRef<[u8]>) -> Self {
        match read_identity(pem.as_ref()) {
            Ok(identity) => self.tls.identity = Some(Arc::new(identity)),
            Err(error) => self.note(error),
        }
        self
    }

    /// The implementation of TLS's cryptography. Default: ring where the feature `ring` is on, else
    /// aws-lc-rs.
    pub fn tls_backend(mut self, backend: TlsBackend) -> Self {
        self.tls.backend = Some(backend);
        self
    }

    /// Whose certificates are trusted. Default: the platform's verifier where the feature
    /// `platform-verifier` is on, else the bundled roots.
    pub fn tls_roots(mut self, roots: TlsRoots) -> Self {
        self.tls.roots = Some(roots);
        self
    }
}
