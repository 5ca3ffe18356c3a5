//! From a URI to a connection: dialling, the proxy's part, TLS on top, and one limit over it all.
//!
//! The limit stands here and not in the TCP connector, whose own does not cover the TLS handshake.

use std::time::Duration;

use ek_core::Result;
use hyper::Uri;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};

use super::dial_error::DialError;
use super::dialer::{BoxError, BoxIo, Dialer};
use super::proxy::Route;
use super::resolve::Resolver;
use super::roots::ClientTls;
use super::settings::Settings;
use crate::endpoint::Endpoint;

/// Between TCP keep-alive probes; a host that vanished is noticed even on an idle connection.
const TCP_KEEPALIVE: Duration = Duration::from_secs(15);

/// The whole way to a connection, within the connect limit.
pub(super) struct Connector {
    /// To the server or through its proxy, without TLS.
    dialer: Dialer,
    tls: Option<ClientTls>,
    limit: Duration,
}

impl Connector {
    pub(super) fn new(endpoint: &Endpoint, settings: &Settings, route: &Route) -> Result<Self> {
        let base = settings.connector.clone().unwrap_or_else(|| tcp(settings));
        let dialer = route.over(base, &Resolver::new(&settings.resolve));
        let mut tls = None;
        if endpoint.https {
            tls = Some(settings.tls.client_tls(settings.http2)?);
        }
        Ok(Self { dialer, tls, limit: settings.connect_timeout })
    }

    pub(super) async fn connect(&self, uri: Uri) -> std::result::Result<BoxIo, BoxError> {
        match tokio::time::timeout(self.limit, self.dial(uri)).await {
            Ok(result) => result,
            Err(_) => Err(DialError::TimedOut(self.limit).into()),
        }
    }

    async fn dial(&self, uri: Uri) -> std::result::Result<BoxIo, BoxError> {
        let tls = self.tls.as_ref().map(ClientTls::begin);
        let io = (self.dialer.0)(uri.clone()).await?;
        let Some(tls) = tls else {
            return Ok(io);
        };
        let https = HttpsConnector::from((Dialer::once(io), tls.complete().await?));
        (Dialer::of(https, Connection::connected).0)(uri).await
    }
}

fn tcp(settings: &Settings) -> Dialer {
    let mut tcp = HttpConnector::new_with_resolver(Resolver::new(&settings.resolve));
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(TCP_KEEPALIVE));
    // Splits the time among the addresses of a host, so that a dead first one is not the end.
    tcp.set_connect_timeout(Some(settings.connect_timeout));
    Dialer::of(tcp, Connection::connected)
}
