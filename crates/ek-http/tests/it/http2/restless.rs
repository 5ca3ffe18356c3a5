//! A socket that wakes its task again and again, as one of another crate may: it holds no request back.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use ek_http::TlsRoots;
use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use tower_service::Service;

use super::secure::SecureWire;
use super::{ask, assert_well};
use crate::support::metered::{Counted, Metered};
use crate::support::{in_time, settings, settled};

/// How often a read that finds nothing wakes its task.
const WAKES: usize = 100_000;

/// Dials sockets that wake their task as often as there are wakes left.
#[derive(Clone)]
struct Restless {
    wire: Metered,
    wakes: Arc<AtomicUsize>,
    /// How many were left when something was written.
    left: Arc<AtomicUsize>,
}

struct RestlessSocket {
    io: Counted,
    restless: Restless,
}

impl Service<Uri> for Restless {
    type Response = RestlessSocket;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<RestlessSocket>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (dial, restless) = (self.wire.call(uri), self.clone());
        Box::pin(async move { Ok(RestlessSocket { io: dial.await?, restless }) })
    }
}

impl Read for RestlessSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_read(cx, buf);
        let wakes = &self.restless.wakes;
        if polled.is_pending() && wakes.load(Ordering::SeqCst) > 0 {
            wakes.fetch_sub(1, Ordering::SeqCst);
            cx.waker().wake_by_ref();
        }
        polled
    }
}

impl Write for RestlessSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Restless { wakes, left, .. } = &self.restless;
        left.fetch_max(wakes.load(Ordering::SeqCst), Ordering::SeqCst);
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_wakes_its_task_all_the_time_gets_the_request_at_once() {
    let secure = SecureWire::http2(&[], |mut frames| async move { frames.answer_all().await });
    let wire = Restless { wire: secure.wire.clone(), wakes: Arc::default(), left: Arc::default() };
    let settings = settings("https://localhost").root_certificate(secure.ca());
    let settings = settings.tls_roots(TlsRoots::Added).connector(wire.clone());
    let provider = settings.build().expect("sound settings");
    assert_well(in_time(ask(provider.clone())).await);
    settled().await;
    wire.wakes.store(WAKES, Ordering::SeqCst);
    wire.left.store(0, Ordering::SeqCst);
    assert_well(in_time(ask(provider)).await);
    let used = WAKES - wire.left.load(Ordering::SeqCst);
    assert!(used < 1_000, "the request went out after {used} wakes");
}
