//! Dialling by a proxy.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use hyper::Uri;
use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service as _;

use super::route::{Route, SocksProxy, TunnelProxy};
use super::{socks, tunnel};
use crate::transport::dial_error::DialError;
use crate::transport::dialer::{BoxError, BoxIo, Dialer};
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
                let tunnel = tunnel.clone();
                Dialer(Arc::new(move |uri| Box::pin(tunnel.clone().dial(direct.clone(), uri))))
            }
            Self::Socks(socks) => {
                let (socks, resolver) = (socks.clone(), resolver.clone());
                Dialer(Arc::new(move |uri| {
                    Box::pin(socks.clone().dial(direct.clone(), resolver.clone(), uri))
                }))
            }
        }
    }
}

impl TunnelProxy {
    async fn dial(self, direct: Dialer, uri: Uri) -> Result<BoxIo, BoxError> {
        let io = (direct.0)(self.proxy).await.map_err(DialError::Proxy)?;
        let to = format!("{}:{}", uri.host().unwrap_or_default(), port(&uri));
        Ok(tunnel::open(io, &to, self.authorization).await?)
    }
}

impl SocksProxy {
    async fn dial(self, direct: Dialer, resolver: Resolver, uri: Uri) -> Result<BoxIo, BoxError> {
        let name = uri.host().unwrap_or_default();
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        let (host, port) = match bare.parse() {
            Ok(ip) => (socks::Host::Address(ip), port(&uri)),
            Err(_) if self.names_here => {
                let (ip, fixed) = look_up(name, resolver).await.map_err(DialError::Unresolved)?;
                let port = uri.port_u16().or(fixed).unwrap_or_else(|| port(&uri));
                (socks::Host::Address(ip), port)
            }
            Err(_) => (socks::Host::Name(name), port(&uri)),
        };
        let io = (direct.0)(self.proxy).await.map_err(DialError::Proxy)?;
        Ok(socks::open(io, (host, port), self.credentials.as_ref()).await?)
    }
}

fn port(uri: &Uri) -> u16 {
    let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    uri.port_u16().unwrap_or(usual)
}

/// The first address of a name, and the port that is fixed for it, if there is one.
async fn look_up(name: &str, mut resolver: Resolver) -> io::Result<(IpAddr, Option<u16>)> {
    let name = name.parse::<Name>().map_err(io::Error::other)?;
    let address = resolver.call(name).await?.next();
    let address = address.ok_or_else(|| io::Error::other("the name has no address"))?;
    Ok((address.ip(), Some(address.port()).filter(|port| *port != 0)))
}
