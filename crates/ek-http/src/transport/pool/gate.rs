//! A gate in front of a socket: what is written while it is shut waits, and goes out as one when it opens.
//!
//! hyper opens an HTTP/2 stream first, and takes the body when the stream is open. Written as it comes, each
//! request is two records of TLS, two packets and two system calls. The task of the connection shuts the gate
//! while it polls all that may have something to send, and opens it then.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use hyper::rt::{Read, ReadBufCursor, Write};

use super::silence::Silence;

/// Whether writes wait. It is open at first.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_shut: bool,
    /// Who waits to write.
    waiting: Option<Waker>,
}

impl Gate {
    pub(super) fn shut(&self) {
        self.lock().is_shut = true;
    }

    /// Lets the one that waits write. Returns whether there is one.
    pub(super) fn open(&self) -> bool {
        let mut state = self.lock();
        state.is_shut = false;
        let waiting = state.waiting.take();
        drop(state);
        waiting.map(Waker::wake).is_some()
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if !state.is_shut {
            return Poll::Ready(());
        }
        match &mut state.waiting {
            Some(waiting) => waiting.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket behind a gate. What comes from it ends a silence.
pub(super) struct Gated<T> {
    pub(super) socket: T,
    pub(super) gate: Gate,
    pub(super) silence: Arc<Silence>,
}

impl<T: Read + Unpin> Read for Gated<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.socket).poll_read(cx, buf);
        if polled.is_ready() {
            self.silence.end();
        }
        polled
    }
}

impl<T: Write + Unpin> Write for Gated<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.gate.poll(cx) {
            Poll::Ready(()) => Pin::new(&mut self.socket).poll_write(cx, buf),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.gate.poll(cx) {
            Poll::Ready(()) => Pin::new(&mut self.socket).poll_write_vectored(cx, bufs),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
