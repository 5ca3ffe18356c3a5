//! The byte stream to one peer: buffered reads and whole writes over any transport, with every way
//! of failing as a [`Closed`].

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;

use super::Closed;
use super::connection_log::ConnectionLog;

/// What a connection goes over: TCP, TLS, or memory.
pub(in crate::wire) trait ByteStream:
    AsyncRead + AsyncWrite + Unpin + Send
{
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> ByteStream for S {}

const READ_AT_ONCE: usize = 16 * 1024;

pub(in crate::wire) struct Peer<'a, S> {
    stream: &'a mut S,
    unread: Vec<u8>,
    log: &'a ConnectionLog,
}

impl<'a, S: ByteStream> Peer<'a, S> {
    pub(in crate::wire) fn new(stream: &'a mut S, log: &'a ConnectionLog) -> Self {
        Self { stream, unread: Vec::new(), log }
    }

    /// What has been received and not yet been taken.
    pub(super) fn unread(&self) -> &[u8] {
        &self.unread
    }

    /// Waits for more bytes.
    pub(in crate::wire) async fn fill(&mut self) -> Result<(), Closed> {
        self.unread.reserve(READ_AT_ONCE);
        match self.stream.read_buf(&mut self.unread).await {
            Ok(0) => Err(Closed::ByPeer),
            Ok(count) => {
                self.log.received(count);
                Ok(())
            }
            Err(error) => Err(Closed::from_error(&error)),
        }
    }

    /// Takes at most `most` of the bytes that have been received.
    pub(super) fn take(&mut self, most: usize) -> Vec<u8> {
        let rest = self.unread.split_off(most.min(self.unread.len()));
        std::mem::replace(&mut self.unread, rest)
    }

    /// Waits for `count` bytes and takes them. If fewer come, they stay unread.
    pub(super) async fn take_exactly(&mut self, count: usize) -> Result<Vec<u8>, Closed> {
        while self.unread.len() < count {
            self.fill().await?;
        }
        Ok(self.take(count))
    }

    /// Waits for something else, and sees at once when the peer ends the connection meanwhile.
    pub(in crate::wire) async fn unless_closed<T>(
        &mut self,
        other: impl Future<Output = T>,
    ) -> Result<T, Closed> {
        tokio::pin!(other);
        loop {
            tokio::select! {
                done = &mut other => return Ok(done),
                // More may come: a request that does not wait for its turn.
                more = self.fill() => more?,
            }
        }
    }

    /// Swallows what comes until the peer ends the connection.
    pub(in crate::wire) async fn until_closed(&mut self) -> Closed {
        loop {
            self.unread.clear();
            if let Err(closed) = self.fill().await {
                return closed;
            }
        }
    }

    /// Writes all of the bytes.
    pub(in crate::wire) async fn write(&mut self, bytes: &[u8]) -> Result<(), Closed> {
        let written = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        written.await.map_err(|error| Closed::from_error(&error))
    }

    /// Ends this side's direction. That the peer was faster is no matter here.
    pub(in crate::wire) async fn shut_down(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// Carries bytes to and from another server until both sides have ended.
    pub(super) async fn carry_to(&mut self, mut upstream: TcpStream) -> Closed {
        let early = self.take(usize::MAX);
        let carried = async {
            upstream.write_all(&early).await?;
            copy_bidirectional(self.stream, &mut upstream).await
        };
        carried.await.map_or_else(|error| Closed::from_error(&error), |_| Closed::ByPeer)
    }
}
