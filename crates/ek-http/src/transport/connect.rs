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
use super::settings::Settings;
use crate::endpoint::Endpoint;

/// Between TCP keep-alive probes; a host that vanished is noticed even on an idle connection.
const TCP_KEEPALIVE: Duration = Duration::from_secs(15);

/// The whole way to a connection, within the connect limit.
pub(super) struct Connector {
    dialer: Dialer,
    limit: Duration,
}

impl Connector {
    pub(super) fn new(endpoint: &Endpoint, settings: &Settings, route: &Route) -> Result<Self> {
        let base = settings.connector.clone().unwrap_or_else(|| tcp(settings));
        let mut dialer = route.over(base, &Resolver::new(&settings.resolve));
        if endpoint.https {
            let config = settings.tls.client_config(settings.http2)?;
            let https = HttpsConnector::from((dialer, config));
            dialer = Dialer::of(https, Connection::connected);
        }
        Ok(Self { dialer, limit: settings.connect_timeout })
    }

    pub(super) async fn connect(&self, uri: Uri) -> std::result::Result<BoxIo, BoxError> {
        let dialled = (self.dialer.0)(uri);
        match tokio::time::timeout(self.limit, dialled).await {
            Ok(result) => result,
            Err(_) => Err(DialError::TimedOut(self.limit).into()),
        }
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
