//! A connector that leads to one address after the other and ignores the URL.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

/// The first connection goes to the first address, and so on. All further ones go to the last address.
#[derive(Clone)]
pub(crate) struct Dials {
    addresses: Arc<[SocketAddr]>,
    made: Arc<AtomicUsize>,
}

impl Dials {
    pub(crate) fn in_order(addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        Self { addresses: addresses.into_iter().collect(), made: Arc::default() }
    }
}

impl Service<Uri> for Dials {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let made = self.made.fetch_add(1, Ordering::SeqCst);
        let address = self.addresses[made.min(self.addresses.len() - 1)];
        Box::pin(async move { TcpStream::connect(address).await.map(TokioIo::new) })
    }
}
