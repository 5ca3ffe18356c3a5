//! TLS over connections in memory, with the protocols that a test says: for handshakes on the paused
//! clock.

use std::future::Future;
use std::sync::Arc;

use ek_http::{Provider, ProviderBuilder, TlsRoots};
use ek_mock::wire::ServerTls;
use tokio::io::DuplexStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::frames::Frames;
use crate::support::metered::Metered;
use crate::support::settings;

/// A server's end of a connection.
pub(super) type Secure = TlsStream<DuplexStream>;

/// A server that negotiates one of these protocols, and a provider's way to it.
pub(super) struct SecureWire {
    pub(super) wire: Metered,
    ca: String,
}

impl SecureWire {
    pub(super) fn new<F, Fut>(protocols: &[&str], serve: F) -> Self
    where
        F: Fn(Secure) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self::with_tls(&ServerTls::localhost().alpn(protocols), serve)
    }

    /// With this certificate and what else belongs to it.
    pub(super) fn with_tls<F, Fut>(tls: &ServerTls, serve: F) -> Self
    where
        F: Fn(Secure) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let ca = tls.ca_pem().to_owned();
        let config = tls.server_config().expect("a certificate that can be used");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let wire = Metered::new(move |stream| {
            let (acceptor, serve) = (acceptor.clone(), serve.clone());
            async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream).await;
                }
            }
        });
        Self { wire, ca }
    }

    /// One that speaks HTTP/2, frame by frame, after telling these settings.
    pub(super) fn http2<F, Fut>(told: &'static [(u16, u32)], serve: F) -> Self
    where
        F: Fn(Frames) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self::new(&["h2"], move |stream| {
            let serve = serve.clone();
            async move {
                if let Some(frames) = Frames::begin(stream, told).await {
                    serve(frames).await;
                }
            }
        })
    }

    /// The certificate that a client has to trust.
    pub(super) fn ca(&self) -> &str {
        &self.ca
    }

    /// The same with a change of the way there.
    pub(super) fn with(self, change: impl FnOnce(Metered) -> Metered) -> Self {
        Self { wire: change(self.wire), ..self }
    }

    pub(super) fn provider(
        &self,
        change: impl FnOnce(ProviderBuilder) -> ProviderBuilder,
    ) -> Provider {
        let settings = settings("https://localhost").root_certificate(&self.ca);
        let settings = settings.tls_roots(TlsRoots::Added).connector(self.wire.clone());
        change(settings).build().expect("sound settings")
    }
}
