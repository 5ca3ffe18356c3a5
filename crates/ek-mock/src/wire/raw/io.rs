//! The client's end of a connection in memory. A duplex pipe alone knows one end only, the orderly one;
//! this one can also be reset.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use hyper::rt::ReadBufCursor;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// How much a connection holds that the other side has not read, in each direction: about what a
/// socket's buffers do.
const BUFFER: usize = 64 * 1024;

/// How much is handed over to hyper at once.
const AT_ONCE: usize = 8 * 1024;

/// The client's end of a connection to a [`MockTransport`](crate::wire::MockTransport): bytes in and out, for
/// tokio and for hyper.
///
/// ```
/// use ek_mock::Script;
/// use ek_mock::wire::{MockIo, MockTransport};
/// use tower_service::Service as _;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let mut transport = MockTransport::new(Script::cycling(["Slowly."]));
/// let connection: MockIo = transport.call("http://mock/".parse().expect("a URI")).await?;
/// # drop(connection);
/// # Ok(())
/// # }
/// ```
pub struct MockIo {
    stream: DuplexStream,
    reset: Arc<AtomicBool>,
}

/// The server's end.
pub(in crate::wire) struct ServerIo {
    pub(in crate::wire) stream: DuplexStream,
    reset: Arc<AtomicBool>,
}

/// A new connection.
pub(in crate::wire) fn pair() -> (MockIo, ServerIo) {
    let (client, server) = tokio::io::duplex(BUFFER);
    let reset = Arc::new(AtomicBool::new(false));
    let client = MockIo { stream: client, reset: Arc::clone(&reset) };
    (client, ServerIo { stream: server, reset })
}

impl ServerIo {
    /// Ends the connection. As on a socket, what was written before a reset may still be read.
    pub(in crate::wire) fn close(self, reset: bool) {
        self.reset.store(reset, Ordering::Release);
        drop(self.stream);
    }
}

impl MockIo {
    /// Makes the end of the stream the error that it was, if it was one.
    fn judged(&self, read: usize) -> io::Result<()> {
        if read == 0 && self.reset.load(Ordering::Acquire) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for MockIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (before, room) = (buf.filled().len(), buf.remaining());
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let read = buf.filled().len() - before;
        Poll::Ready(if room == 0 { Ok(()) } else { self.judged(read) })
    }
}

impl AsyncWrite for MockIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl hyper::rt::Read for MockIo {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut bytes = [0; AT_ONCE];
        let room = bytes.len().min(buf.remaining());
        let mut read = ReadBuf::new(&mut bytes[..room]);
        ready!(AsyncRead::poll_read(self, cx, &mut read))?;
        buf.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl hyper::rt::Write for MockIo {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(self, cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(self, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_shutdown(self, cx)
    }
}

impl fmt::Debug for MockIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockIo").finish_non_exhaustive()
    }
}
