//! A socket that counts as open until it is closed.
//!
//! Its place among the sockets travels with the IO itself: through the handshake, into the connection's
//! task, and away with what ends it. So the bound on sockets holds by construction, not by bookkeeping.
//!
//! A task ends only where its runtime runs. So the pool can close a socket without the task that owns it:
//! both reach the IO through one lock, for which there is no contention while the task runs.
//!
//! What a peer says last is read although it takes no more: a server that refuses a request before it has
//! read all of it closes the connection, and writing fails before its answer is read. So a write that fails
//! because the peer has gone counts as done, and reading tells what became of the connection.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::runtime::Handle;

use super::parts::{Close, Parts};
use super::shared::Shared;
use crate::transport::dialer::BoxIo;

/// How long a connection whose calls are over may take to come to rest, or to its end.
pub(super) const REST_LIMIT: Duration = Duration::from_secs(5);

/// A connection's IO and its place among the sockets.
pub(super) struct Socket<P: Parts> {
    owned: Arc<Mutex<Option<Owned<P>>>>,
    id: u64,
    is_write_vectored: bool,
}

struct Owned<P: Parts> {
    // Closed first, so that the place is never free before the socket is gone.
    io: BoxIo,
    /// The peer takes no more. What it has sent before can still be read.
    write_failed: bool,
    _place: Place<P>,
}

/// One place among the sockets.
struct Place<P: Parts> {
    shared: Arc<Shared<P>>,
    id: u64,
}

/// Closes a socket without its owner.
pub(super) struct Closer<P: Parts>(Weak<Mutex<Option<Owned<P>>>>);

impl<P: Parts> Clone for Closer<P> {
    fn clone(&self) -> Self {
        Self(Weak::clone(&self.0))
    }
}

impl<P: Parts<Closer = Closer<P>>> Socket<P> {
    /// Takes over the place that was counted when the dialling began.
    pub(super) fn new(io: BoxIo, shared: &Arc<Shared<P>>, runtime: &Handle) -> Self {
        let is_write_vectored = io.is_write_vectored();
        let owned = Arc::new(Mutex::new(None));
        let closer = Closer(Arc::downgrade(&owned));
        let id = shared.lock().sockets.opened(runtime.clone(), closer);
        let place = Place { shared: Arc::clone(shared), id };
        *owned.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Owned { io, write_failed: false, _place: place });
        Self { owned, id, is_write_vectored }
    }
}

impl<P: Parts> Socket<P> {
    /// Its number among the sockets of the pool.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Does this with the IO, unless it was closed.
    fn poll<T>(
        &self,
        poll: impl FnOnce(Pin<&mut BoxIo>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let mut owned = self.owned.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *owned {
            Some(owned) => poll(Pin::new(&mut owned.io)),
            None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    /// The same for what writes: `done` is what it gives where the peer has gone.
    fn poll_sending<T>(
        &self,
        done: T,
        poll: impl FnOnce(Pin<&mut BoxIo>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let mut owned = self.owned.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(owned) = &mut *owned else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        if owned.write_failed {
            return Poll::Ready(Ok(done));
        }
        match poll(Pin::new(&mut owned.io)) {
            Poll::Ready(Err(error)) if is_peer_gone(&error) => {
                owned.write_failed = true;
                Poll::Ready(Ok(done))
            }
            polled => polled,
        }
    }
}

fn is_peer_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};

    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
}

impl<P: Parts> Drop for Socket<P> {
    fn drop(&mut self) {
        close(&self.owned);
    }
}

impl<P: Parts> Close for Closer<P> {
    fn close(&self) {
        if let Some(owned) = self.0.upgrade() {
            close(&owned);
        }
    }
}

fn close<P: Parts>(owned: &Mutex<Option<Owned<P>>>) {
    let owned = owned.lock().unwrap_or_else(PoisonError::into_inner).take();
    // Not under its lock: the place goes to the next call that waits.
    drop(owned);
}

impl<P: Parts> Drop for Place<P> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed(self.id);
        self.shared.hand_out(state);
    }
}

impl<P: Parts> Read for Socket<P> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        match self.poll(|io| io.poll_read(cx, buf)) {
            // TLS that ends without its goodbye, as many servers end it. The framing of the answer shows whether
            // it is whole; where it has none, its content does.
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Poll::Ready(Ok(()))
            }
            polled => polled,
        }
    }
}

impl<P: Parts> Write for Socket<P> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_sending(buf.len(), |io| io.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = bufs.iter().map(|buf| buf.len()).sum();
        self.poll_sending(length, |io| io.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.is_write_vectored
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_sending((), |io| io.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(|io| io.poll_shutdown(cx))
    }
}
