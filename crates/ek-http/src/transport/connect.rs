//! From a URI to a connection: dialling, the proxy's part, TLS on top, and one limit over it all.
//!
//! The limit stands here and not in the TCP connector, whose own does not cover the TLS handshake.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ek_core::Result;
use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use tower_service::Service;

use super::Settings;
use super::fault::DialFault;
use super::proxy::Route;
use super::resolve::Resolver;
use crate::endpoint::Endpoint;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Dialled = Pin<Box<dyn Future<Output = std::result::Result<BoxIo, BoxError>> + Send>>;

/// Between TCP keep-alive probes; a host that vanished is noticed even on an idle connection.
const TCP_KEEPALIVE: Duration = Duration::from_secs(15);

trait Io: Read + Write + Send + Unpin {}
impl<T: Read + Write + Send + Unpin> Io for T {}

/// Any connection.
pub(crate) struct BoxIo {
    io: Box<dyn Io>,
    http2: bool,
}

impl BoxIo {
    fn new(io: impl Read + Write + Send + Unpin + 'static, connected: &Connected) -> Self {
        Self { io: Box::new(io), http2: connected.is_negotiated_h2() }
    }

    /// Whether the handshake agreed on HTTP/2.
    #[cfg(feature = "http2")]
    pub(super) fn is_http2(&self) -> bool {
        self.http2
    }
}

impl Read for BoxIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io).poll_read(cx, buf)
    }
}

impl Write for BoxIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io).poll_shutdown(cx)
    }
}

impl Connection for BoxIo {
    fn connected(&self) -> Connected {
        if self.http2 { Connected::new().negotiated_h2() } else { Connected::new() }
    }
}

/// Any way to get a connection, behind one type.
#[derive(Clone)]
pub(crate) struct Dialer(pub(super) Arc<dyn Fn(Uri) -> Dialled + Send + Sync>);

impl Dialer {
    /// A connector of the user's.
    pub(crate) fn custom<C>(connector: C) -> Self
    where
        C: Service<Uri> + Clone + Send + Sync + 'static,
        C::Response: Read + Write + Send + Unpin + 'static,
        C::Error: Into<BoxError>,
        C::Future: Send + 'static,
    {
        Self::of(connector, |_| Connected::new())
    }

    pub(super) fn of<C>(connector: C, connected: fn(&C::Response) -> Connected) -> Self
    where
        C: Service<Uri> + Clone + Send + Sync + 'static,
        C::Response: Read + Write + Send + Unpin + 'static,
        C::Error: Into<BoxError>,
        C::Future: Send + 'static,
    {
        Self(Arc::new(move |uri| {
            let mut connector = connector.clone();
            Box::pin(async move {
                poll_fn(|cx| connector.poll_ready(cx)).await.map_err(Into::into)?;
                let io = connector.call(uri).await.map_err(Into::into)?;
                let connected = connected(&io);
                Ok(BoxIo::new(io, &connected))
            })
        }))
    }

    fn tcp(settings: &Settings) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver::new(&settings.resolve));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(TCP_KEEPALIVE));
        // Splits the time among the addresses of a host, so that a dead first one is not the end.
        tcp.set_connect_timeout(Some(settings.connect_timeout));
        Self::of(tcp, Connection::connected)
    }
}

impl Service<Uri> for Dialer {
    type Response = BoxIo;
    type Error = BoxError;
    type Future = Dialled;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Dialled {
        (self.0)(uri)
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialer")
    }
}

/// The whole way to a connection, within the connect limit.
pub(super) struct Connector {
    dialer: Dialer,
    limit: Duration,
}

impl Connector {
    pub(super) fn new(endpoint: &Endpoint, settings: &Settings, route: &Route) -> Result<Self> {
        let base = settings.connector.clone().unwrap_or_else(|| Dialer::tcp(settings));
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
            Err(_) => Err(DialFault::TimedOut(self.limit).into()),
        }
    }
}
