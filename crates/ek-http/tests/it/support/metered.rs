//! Counts the client's connections in memory: how many were dialled, how many are open, and how many were
//! open at most. A socket counts until the client has dropped it. Dialling may be slow, fail or hang, so
//! that a test sees the limit on sockets from outside.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::DuplexStream;
use tower_service::Service;

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[derive(Default)]
struct Counts {
    dialled: AtomicUsize,
    open: AtomicUsize,
    peak: AtomicUsize,
}

/// A connector for [`ek_http::ProviderBuilder::connector`].
#[derive(Clone)]
pub(crate) struct Metered {
    counts: Arc<Counts>,
    dial: Arc<dyn Fn(usize) -> Later<io::Result<()>> + Send + Sync>,
    serve: Arc<dyn Fn(DuplexStream) -> Later<()> + Send + Sync>,
    stubborn: bool,
}

impl Metered {
    pub(crate) fn new<F, Fut>(serve: F) -> Self
    where
        F: Fn(DuplexStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self {
            counts: Arc::default(),
            dial: Arc::new(|_| Box::pin(async { Ok(()) })),
            serve: Arc::new(move |stream| Box::pin(serve(stream))),
            stubborn: false,
        }
    }

    /// How long it takes to dial the connection with this number.
    pub(crate) fn dialling<F, Fut>(self, dial: F) -> Self
    where
        F: Fn(usize) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = io::Result<()>> + Send + 'static,
    {
        Self { dial: Arc::new(move |number| Box::pin(dial(number))), ..self }
    }

    /// Shutting down these connections never ends.
    pub(crate) fn that_do_not_shut_down(self) -> Self {
        Self { stubborn: true, ..self }
    }

    pub(crate) fn dialled(&self) -> usize {
        self.counts.dialled.load(Ordering::SeqCst)
    }

    /// The client's sockets, including those that it dials.
    pub(crate) fn open(&self) -> usize {
        self.counts.open.load(Ordering::SeqCst)
    }

    pub(crate) fn peak(&self) -> usize {
        self.counts.peak.load(Ordering::SeqCst)
    }
}

impl Service<Uri> for Metered {
    type Response = Counted;
    type Error = io::Error;
    type Future = Later<io::Result<Counted>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let number = self.counts.dialled.fetch_add(1, Ordering::SeqCst);
        let place = Open::new(&self.counts);
        let (dial, serve, stubborn) = (self.dial.clone(), self.serve.clone(), self.stubborn);
        Box::pin(async move {
            dial(number).await?;
            let (client, server) = tokio::io::duplex(16 * 1024);
            tokio::spawn(serve(server));
            Ok(Counted { io: TokioIo::new(client), stubborn, _open: place })
        })
    }
}

struct Open(Arc<Counts>);

impl Open {
    fn new(counts: &Arc<Counts>) -> Self {
        let open = counts.open.fetch_add(1, Ordering::SeqCst) + 1;
        counts.peak.fetch_max(open, Ordering::SeqCst);
        Self(Arc::clone(counts))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

pub(crate) struct Counted {
    io: TokioIo<DuplexStream>,
    stubborn: bool,
    _open: Open,
}

impl Read for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl Write for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.stubborn {
            return Poll::Pending;
        }
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
