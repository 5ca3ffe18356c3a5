//! Dialling through a proxy, in terms of dialling.

use std::io;
use std::sync::Arc;

use hyper::Uri;
use hyper_util::client::legacy::connect::Connection;
use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service as _;

use super::route::Route;
use crate::transport::dial_error::DialError;
use crate::transport::dialer::{BoxError, Dialer};
use crate::transport::resolve::Resolver;

impl Route {
    /// The dialler of this way, over one that dials directly.
    pub(in crate::transport) fn over(&self, direct: Dialer, resolver: &Resolver) -> Dialer {
        match self {
            Self::Direct => direct,
            Self::Forward { proxy, .. } => {
                let proxy = proxy.clone();
                Dialer(Arc::new(move |_| (direct.0)(proxy.clone())))
            }
            Self::Tunnel(tunnel) => {
                let tunnel = tunnel.clone().over(direct);
                Dialer::of(tunnel, Connection::connected).with_fault(DialError::of_tunnel)
            }
            Self::Socks(socks) => {
                let names_here = socks.names_here;
                let socks = socks.clone().over(direct);
                let socks =
                    Dialer::of(socks, Connection::connected).with_fault(DialError::of_socks);
                socks.with_exact_address(names_here.then(|| resolver.clone()))
            }
        }
    }
}

impl Dialer {
    /// Gives the SOCKS client what it would otherwise guess or block for: the port, and the address where
    /// names are resolved here.
    fn with_exact_address(self, resolver: Option<Resolver>) -> Self {
        Self(Arc::new(move |uri| {
            let (mut dialer, resolver) = (self.clone(), resolver.clone());
            Box::pin(async move {
                let uri = exact_address(&uri, resolver).await?;
                dialer.call(uri).await
            })
        }))
    }

    fn with_fault(self, fault: fn(BoxError) -> DialError) -> Self {
        Self(Arc::new(move |uri| {
            let dialled = self.clone().call(uri);
            Box::pin(async move { dialled.await.map_err(|error| fault(error).into()) })
        }))
    }
}

/// The same URI with its port, and with an address for its name if there is a resolver.
async fn exact_address(uri: &Uri, resolver: Option<Resolver>) -> io::Result<Uri> {
    let https = uri.scheme_str() == Some("https");
    let mut port = uri.port_u16();
    let mut host = uri.host().unwrap_or_default().to_owned();
    let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    if let Some(mut resolver) = resolver.filter(|_| !is_address) {
        let name = host.parse::<Name>().map_err(io::Error::other)?;
        let address = resolver.call(name).await?.next();
        let address = address.ok_or_else(|| io::Error::other("the name has no address"))?;
        port = port.or(Some(address.port()).filter(|port| *port != 0));
        host = match address.ip() {
            std::net::IpAddr::V4(ip) => ip.to_string(),
            std::net::IpAddr::V6(ip) => format!("[{ip}]"),
        };
    }
    let (scheme, usual) = if https { ("https", 443) } else { ("http", 80) };
    let port = port.unwrap_or(usual);
    format!("{scheme}://{host}:{port}/").parse().map_err(io::Error::other)
}
