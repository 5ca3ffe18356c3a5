//! The mock in memory: a connector whose connections end in the script.

use std::fmt;
use std::future::{Ready, ready};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::Uri;
use tokio::runtime::Handle;
use tower_service::Service;

use super::MockIo;
use super::raw::connection_log::ConnectionLog;
use super::raw::io::pair;
use super::raw::records::{ConnectionRecord, Records};
use super::serve::serve;
use crate::Script;
use crate::engine::Engine;
use crate::verify::OnDrop;

/// A connector that plays a script over connections in memory.
///
/// The user's real client speaks over it, and reads the bytes that [`MockServer`](super::MockServer)
/// writes for the same script; but there is no socket, and time is tokio's: under
/// `tokio::time::pause` a stream whose pieces are 20 s apart takes no real time.
///
/// It is a `tower_service::Service<Uri>` with hyper's IO, so `ProviderBuilder::connector` of ek-http
/// takes it, as do the clients of hyper-util. Any host and port will do. It answers the same paths as
/// [`MockServer`](super::MockServer), each in the protocol of the path. Clones share script and records;
/// each connection is served by a task that ends with it.
///
/// ```
/// use ek_mock::Script;
/// use ek_mock::wire::MockTransport;
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let transport = MockTransport::new(Script::cycling(["High water is at noon."]));
/// // With ek-http: Provider::builder(transport.uri(), "m").connector(transport.clone()).build()
/// let mut connection = transport.connect()?;
/// let body = r#"{"model": "m", "messages": [{"role": "user", "content": "And the tide?"}]}"#;
/// let head = format!(
///     "POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n\
///      content-length: {}\r\n\r\n",
///     body.len()
/// );
/// connection.write_all((head + body).as_bytes()).await?;
/// let mut answer = String::new();
/// connection.read_to_string(&mut answer).await?;
/// assert!(answer.contains("High water is at noon."));
/// assert_eq!(transport.call_count(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MockTransport {
    engine: Arc<Engine>,
    records: Arc<Records>,
    _verify: Arc<OnDrop>,
}

impl MockTransport {
    /// A connector that plays this script.
    ///
    /// A script that cannot be played ([`Script::check`]) answers each call with the reason.
    #[must_use]
    pub fn new(script: Script) -> Self {
        let engine = Arc::new(Engine::new(script));
        let verify = Arc::new(OnDrop(Arc::clone(&engine)));
        Self { engine, records: Arc::default(), _verify: verify }
    }

    /// A base URL for the client: `http://mock.localhost/v1`. Its host is local, so that clients that
    /// send no key over plain http elsewhere do so here.
    #[must_use]
    pub fn uri(&self) -> &'static str {
        "http://mock.localhost/v1"
    }

    /// A new connection, for tests that write HTTP by hand.
    ///
    /// # Errors
    ///
    /// Outside a tokio runtime.
    pub fn connect(&self) -> io::Result<MockIo> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let (client, mut server) = pair();
        let (engine, log) = (Arc::clone(&self.engine), ConnectionLog::open(&self.records));
        runtime.spawn(async move {
            let ending = serve(&mut server.stream, &engine, &log).await;
            server.close(ending.reset);
            log.finish(ending.closed);
        });
        Ok(client)
    }

    /// How many connections were made.
    #[must_use]
    pub fn connection_count(&self) -> usize {
        self.records.read(|traffic| traffic.connections.len())
    }

    /// How many connections are open.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.records.open_connections()
    }

    /// Waits until every connection is closed. It has no time limit of its own.
    pub async fn wait_all_closed(&self) {
        let closed = |connection: &ConnectionRecord| connection.closed.is_some();
        self.records.wait_unless_failed(|traffic| traffic.connections.iter().all(closed)).await;
    }
}

impl Service<Uri> for MockTransport {
    type Response = MockIo;
    type Error = io::Error;
    type Future = Ready<io::Result<MockIo>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.connect())
    }
}

impl fmt::Debug for MockTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockTransport")
            .field("rules", &self.engine.script().rules.len())
            .field("calls", &self.call_count())
            .field("connections", &self.connection_count())
            .finish_non_exhaustive()
    }
}

crate::assertions::call_assertions!(MockTransport);
