//! The way to the endpoint, as messages name it: hosts and ports, and no URL.

use crate::endpoint::Endpoint;
use crate::transport::proxy::Route;

pub(in crate::transport) struct Way {
    pub(in crate::transport) host: String,
    /// The endpoint's host and port.
    address: String,
    /// Those of the proxy, if one stands between.
    pub(super) proxy: Option<String>,
    /// The proxy gets the requests itself, so that it is what a connection is made to.
    forwards: bool,
}

impl Way {
    pub(in crate::transport) fn new(endpoint: &Endpoint, route: &Route) -> Self {
        let host = endpoint.host.to_string();
        Self {
            address: format!("{host}:{}", endpoint.port()),
            host,
            proxy: route.proxy_address(),
            forwards: route.is_forward(),
        }
    }

    /// What a connection is made to.
    pub(in crate::transport) fn target(&self) -> String {
        match &self.proxy {
            None => self.address.clone(),
            Some(proxy) if self.forwards => format!("the proxy {proxy}"),
            Some(proxy) => format!("{} by the proxy {proxy}", self.address),
        }
    }

    /// The proxy, in a sentence.
    #[cfg(feature = "proxy")]
    pub(super) fn named_proxy(&self) -> String {
        format!("the proxy {}", self.proxy.as_deref().unwrap_or_default())
    }

    /// The endpoint alone.
    #[cfg(feature = "proxy")]
    pub(super) fn address(&self) -> &str {
        &self.address
    }
}
