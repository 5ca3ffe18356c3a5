//! Any way to get a connection, behind one type: TCP, a proxy, TLS over either, or the user's own.
//!
//! It stands apart from what is built of it, so that a proxy wraps a dialler without knowing the rest.

use std::fmt;
use std::future::{Future, poll_fn, ready};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use tower_service::Service;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Dialled = Pin<Box<dyn Future<Output = Result<BoxIo, BoxError>> + Send>>;

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

/// Opens a connection for a URI.
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

    /// A connection that stands already.
    pub(super) fn once(io: BoxIo) -> Self {
        let io = Mutex::new(Some(io));
        Self(Arc::new(move |_| {
            let io = io.lock().unwrap_or_else(PoisonError::into_inner).take();
            Box::pin(ready(io.ok_or_else(|| "the connection is used already".into())))
        }))
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
}

impl Service<Uri> for Dialer {
    type Response = BoxIo;
    type Error = BoxError;
    type Future = Dialled;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
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
