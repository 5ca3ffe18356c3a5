//! A server in memory: its connections need no kernel, so tests run on tokio's paused clock.

use std::future::{Future, Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};
use tokio::sync::watch;
use tower_service::Service;

use super::well;

type Served = Pin<Box<dyn Future<Output = DuplexStream> + Send>>;

/// How many connections there were, and how many are open.
#[derive(Clone, Copy, Default)]
struct Count {
    accepted: usize,
    open: usize,
}

/// Runs a script on its first connection or on all of them. The others get good answers.
#[derive(Clone)]
pub(crate) struct Memory {
    serve: Arc<dyn Fn(DuplexStream) -> Served + Send + Sync>,
    every: bool,
    count: Arc<watch::Sender<Count>>,
}

impl Memory {
    /// The connection that `first` returns stays open until the client closes it.
    pub(crate) fn new<F, Fut>(first: F) -> Self
    where
        F: Fn(DuplexStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = DuplexStream> + Send + 'static,
    {
        Self {
            serve: Arc::new(move |stream| Box::pin(first(stream))),
            every: false,
            count: Arc::default(),
        }
    }

    /// Runs the script on every connection.
    pub(crate) fn on_every_connection(self) -> Self {
        Self { every: true, ..self }
    }

    pub(crate) fn accepted(&self) -> usize {
        self.count.borrow().accepted
    }

    /// Waits until the client has closed every connection.
    pub(crate) async fn all_closed(&self) {
        let mut changes = self.count.subscribe();
        let closed = changes.wait_for(|count| count.open == 0).await;
        closed.expect("the sender lives in `self`");
    }
}

impl Service<Uri> for Memory {
    type Response = TokioIo<DuplexStream>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let (client, server) = tokio::io::duplex(64 * 1024);
        let number = self.accepted();
        self.count.send_modify(|count| {
            count.accepted += 1;
            count.open += 1;
        });
        let served = match number {
            0 => (self.serve)(server),
            _ if self.every => (self.serve)(server),
            _ => Box::pin(answer_well(server)),
        };
        let count = Arc::clone(&self.count);
        tokio::spawn(async move {
            until_closed(served.await).await;
            count.send_modify(|count| count.open -= 1);
        });
        ready(Ok(TokioIo::new(client)))
    }
}

/// Reads a request. Returns false if the client closes the connection.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let mut seen = Vec::new();
    while !is_whole(&seen) {
        if stream.read_buf(&mut seen).await.unwrap_or(0) == 0 {
            return false;
        }
    }
    true
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.is_none_or(|(_, length)| length.parse().is_ok_and(|length: usize| body.len() >= length))
}

/// Writes bytes. Returns false if the client closed the connection.
pub(crate) async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: impl AsRef<[u8]>) -> bool {
    stream.write_all(bytes.as_ref()).await.is_ok() && stream.flush().await.is_ok()
}

/// Writes the pieces with a pause after each, until the client closes the connection.
pub(crate) async fn write_slowly<I>(stream: &mut DuplexStream, interval: Duration, pieces: I)
where
    I: IntoIterator<Item: AsRef<[u8]>>,
{
    for piece in pieces {
        if !write(stream, piece).await {
            break;
        }
        tokio::time::sleep(interval).await;
    }
}

async fn answer_well(mut stream: DuplexStream) -> DuplexStream {
    while read_request(&mut stream).await && write(&mut stream, well()).await {}
    stream
}

async fn until_closed(mut stream: DuplexStream) {
    let mut swallowed = Vec::new();
    while stream.read_buf(&mut swallowed).await.is_ok_and(|read| read > 0) {
        swallowed.clear();
    }
}
