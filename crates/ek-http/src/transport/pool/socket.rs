//! A socket that counts as open until it is closed, whoever owns it at that moment.
//!
//! The place travels with the IO itself: through the handshake, into the connection's task, and away
//! with whatever ends it. So the bound on sockets holds by construction, not by bookkeeping.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};

use super::state::Shared;
use crate::transport::connect::BoxIo;

/// A connection's IO and its place among the sockets.
pub(super) struct Socket {
    // Closed first, so that the place is never free before the socket is gone.
    io: BoxIo,
    _place: Place,
}

/// One place among the sockets.
struct Place(Arc<Shared>);

impl Socket {
    /// Takes over the place that was counted when the dialling began.
    pub(super) fn new(io: BoxIo, shared: Arc<Shared>) -> Self {
        Self { io, _place: Place(shared) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.sockets.closed();
        self.0.settle(state);
    }
}

impl Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl Write for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
