//! A connection to a place far away: every byte is late, and the first bytes wait for the round trip
//! that TCP takes to connect. Bytes do not wait for each other: what is on its way has no limit but
//! that of who sends.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf, split};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until};

/// Bytes, and when they arrive.
type Late = (Instant, Bytes);

/// The server's end of it.
pub(super) struct Far {
    distance: Duration,
    coming: UnboundedReceiver<Late>,
    arrived: Bytes,
    going: Option<UnboundedSender<Late>>,
}

impl Far {
    pub(super) fn new<S>(socket: S, distance: Duration) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (read, write) = split(socket);
        let (sender, coming) = unbounded_channel();
        let (going, receiver) = unbounded_channel();
        tokio::spawn(bring(read, sender, distance));
        tokio::spawn(take(receiver, write));
        Self { distance, coming, arrived: Bytes::new(), going: Some(going) }
    }
}

/// Hands on what comes from the client once it is due.
async fn bring(mut from: impl AsyncRead + Unpin, to: UnboundedSender<Late>, distance: Duration) {
    let connected = Instant::now() + distance * 2;
    let mut due = VecDeque::<Late>::new();
    let mut open = true;
    while open || !due.is_empty() {
        let next = due.front().map(|(at, _)| *at);
        let mut bytes = BytesMut::with_capacity(16 * 1024);
        tokio::select! {
            () = sleep_until(next.unwrap_or(connected)), if next.is_some() => {
                let Some(late) = due.pop_front() else { continue };
                if to.send(late).is_err() {
                    return;
                }
            }
            read = from.read_buf(&mut bytes), if open => {
                open = matches!(read, Ok(1..));
                if open {
                    due.push_back((Instant::now().max(connected) + distance, bytes.freeze()));
                }
            }
        }
    }
}

/// Writes what goes to the client once it is due.
async fn take(mut from: UnboundedReceiver<Late>, mut to: impl AsyncWrite + Unpin) {
    while let Some((at, bytes)) = from.recv().await {
        sleep_until(at).await;
        if to.write_all(&bytes).await.is_err() {
            return;
        }
    }
    // A client that has gone needs no end.
    drop(to.shutdown().await);
}

impl AsyncRead for Far {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.arrived.is_empty() {
            match ready!(self.coming.poll_recv(cx)) {
                Some((_, bytes)) => self.arrived = bytes,
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = self.arrived.len().min(buffer.remaining());
        buffer.put_slice(&self.arrived[..length]);
        self.arrived.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Far {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let late = (Instant::now() + self.distance, Bytes::copy_from_slice(bytes));
        let sent = self.going.as_ref().is_some_and(|going| going.send(late).is_ok());
        match sent {
            true => Poll::Ready(Ok(bytes.len())),
            false => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.going = None;
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    const DISTANCE: Duration = Duration::from_millis(20);

    async fn arrives(from: &mut (impl AsyncRead + Unpin), text: &str, start: Instant) -> u128 {
        let mut bytes = vec![0; text.len()];
        from.read_exact(&mut bytes).await.expect("bytes");
        assert_eq!(bytes, text.as_bytes());
        start.elapsed().as_millis()
    }

    #[tokio::test(start_paused = true)]
    async fn first_bytes_take_a_round_trip_more_and_later_ones_the_distance() {
        let (mut client, server) = duplex(1024);
        let (mut server, start) = (Far::new(server, DISTANCE), Instant::now());
        client.write_all(b"hello").await.expect("room");
        let first = arrives(&mut server, "hello", start).await;
        assert!((60..=62).contains(&first), "{first}");
        let start = Instant::now();
        server.write_all(b"and back").await.expect("room");
        let back = arrives(&mut client, "and back", start).await;
        assert!((20..=22).contains(&back), "{back}");
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_on_their_way_do_not_wait_for_each_other_and_their_end_comes_after_them() {
        let (mut client, server) = duplex(1024);
        let (mut server, start) = (Far::new(server, DISTANCE), Instant::now());
        for piece in ["one", "two", "three"] {
            server.write_all(piece.as_bytes()).await.expect("room");
        }
        drop(server);
        let mut all = String::new();
        client.read_to_string(&mut all).await.expect("an end");
        assert_eq!(all, "onetwothree");
        let elapsed = start.elapsed().as_millis();
        assert!((20..=22).contains(&elapsed), "{elapsed}");
    }
}
