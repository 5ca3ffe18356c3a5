//! Host names to addresses: the system's resolver, with fixed addresses for some hosts.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec::IntoIter;

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower_service::Service;

/// The resolver of the TCP connector.
#[derive(Clone)]
pub(super) struct Resolver {
    fixed: Arc<[(String, Vec<SocketAddr>)]>,
    system: GaiResolver,
}

impl Resolver {
    pub(super) fn new(fixed: &[(String, Vec<SocketAddr>)]) -> Self {
        Self { fixed: fixed.into(), system: GaiResolver::new() }
    }
}

impl Service<Name> for Resolver {
    type Response = IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<IntoIter<SocketAddr>>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.system.poll_ready(cx)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let fixed = self.fixed.iter().find(|(host, _)| host.eq_ignore_ascii_case(name.as_str()));
        if let Some((_, addresses)) = fixed {
            let addresses = addresses.clone().into_iter();
            return Box::pin(std::future::ready(Ok(addresses)));
        }
        let looked_up = self.system.call(name);
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = looked_up.await?.collect();
            Ok(addresses.into_iter())
        })
    }
}
