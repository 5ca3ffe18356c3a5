//! What the transport is built from, as the builder of a provider gathers it.

use std::time::Duration;

use super::dialer::Dialer;
use super::proxy::ProxySettings;
use super::tls::TlsSettings;

/// What the transport is built from.
pub(crate) struct Settings {
    pub(crate) connect_timeout: Duration,
    pub(crate) pool_idle_timeout: Duration,
    pub(crate) pool_max_idle: usize,
    pub(crate) keep_warm: bool,
    pub(crate) max_connections: u32,
    pub(crate) http2: bool,
    pub(crate) resolve: Vec<(String, Vec<std::net::SocketAddr>)>,
    pub(crate) connector: Option<Dialer>,
    pub(crate) proxy: ProxySettings,
    pub(crate) tls: TlsSettings,
}
