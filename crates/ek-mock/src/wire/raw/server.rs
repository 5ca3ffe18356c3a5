//! The server as a value: a test starts it, asks it what came, and by dropping it learns of its
//! failures.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::accept::accept;
use super::handler::Handlers;
use super::records::{ConnectionRecord, HandshakeFailure, Records};
use super::{Closed, RawRequest, RawScript, ServerTls};

/// A server on a free port of 127.0.0.1 that does what its script says, and records what came.
///
/// Connections count from 0 in the order in which they are accepted. The waits return as soon as
/// what they wait for has come, even before they were called; they have no time limit of their own.
///
/// Dropping it closes the port and all connections as soon as the runtime gets to it;
/// [`stop`](Self::stop) waits for that.
///
/// # Panics
///
/// When it is dropped, if its script failed: an unexpected connection, a panic in one of its
/// closures, a peer that speaks no HTTP/1 where a request is read. In a test that is already
/// panicking the failures are printed instead. A wait panics with the same text when the script has
/// failed and what is waited for has not come.
///
/// ```
/// use ek_mock::wire::{Closed, Connection, RawServer, response};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// use tokio::net::TcpStream;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let hello = Connection::new().read_request().write(response(200, &[], "hello"));
/// let server = RawServer::start(hello).await;
///
/// let mut client = TcpStream::connect(server.addr()).await?;
/// client.write_all(b"GET /greeting HTTP/1.1\r\nhost: localhost\r\n\r\n").await?;
/// let mut answer = String::new();
/// client.read_to_string(&mut answer).await?;
///
/// assert!(answer.ends_with("\r\n\r\nhello"));
/// assert_eq!(server.requests()[0].path(), "/greeting");
/// assert_eq!(server.wait_closed(0).await, Closed::ByServer);
/// # Ok(())
/// # }
/// ```
#[must_use = "a server that is dropped is gone"]
pub struct RawServer {
    addr: SocketAddr,
    tls: Option<ServerTls>,
    records: Arc<Records>,
    /// Its drop is the signal: the accepting task then closes everything and ends.
    stop: Option<oneshot::Sender<()>>,
    accepting: JoinHandle<()>,
}

impl RawServer {
    /// Starts a server over plain TCP. It accepts when this returns.
    ///
    /// # Panics
    ///
    /// If no port of 127.0.0.1 can be had, or outside a tokio runtime with I/O.
    pub async fn start(script: impl Into<RawScript>) -> Self {
        Self::start_on(script.into(), None).await
    }

    /// Starts a server over TLS.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start), and if rustls refuses the certificate.
    pub async fn start_tls(script: impl Into<RawScript>, tls: ServerTls) -> Self {
        Self::start_on(script.into(), Some(tls)).await
    }

    pub(in crate::wire) async fn start_on(handlers: impl Handlers, tls: Option<ServerTls>) -> Self {
        match Self::bind(handlers, tls, (Ipv4Addr::LOCALHOST, 0).into()).await {
            Ok(server) => server,
            Err(error) => panic!("the scripted server has no port: {error}"),
        }
    }

    pub(in crate::wire) async fn bind(
        handlers: impl Handlers,
        tls: Option<ServerTls>,
        addr: SocketAddr,
    ) -> io::Result<Self> {
        let acceptor = tls.as_ref().map(|tls| match tls.server_config() {
            Ok(config) => TlsAcceptor::from(Arc::new(config)),
            Err(error) => panic!("the scripted server cannot speak TLS: {error}"),
        });
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let records = Arc::new(Records::default());
        let (stop, stopped) = oneshot::channel();
        let accepting = accept(listener, handlers, acceptor, Arc::clone(&records), stopped);
        Ok(Self { addr, tls, records, stop: Some(stop), accepting: tokio::spawn(accepting) })
    }

    /// The address that it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:PORT`, or `https://localhost:PORT` with TLS. Without a slash at the end.
    pub fn uri(&self) -> String {
        match self.tls {
            None => format!("http://{}", self.addr),
            Some(_) => format!("https://localhost:{}", self.addr.port()),
        }
    }

    /// The TLS that it was started with.
    pub fn tls(&self) -> Option<&ServerTls> {
        self.tls.as_ref()
    }

    /// How many connections have been accepted so far.
    pub fn connection_count(&self) -> usize {
        self.records.read(|traffic| traffic.connections.len())
    }

    /// How many connections have neither been ended by the script nor been seen to be ended by the
    /// peer.
    pub fn open_connections(&self) -> usize {
        self.records.open_connections()
    }

    /// The requests that were read to their end, in that order.
    pub fn requests(&self) -> Vec<RawRequest> {
        self.records.read(|traffic| traffic.requests.clone())
    }

    /// How many requests were read to their end.
    pub fn request_count(&self) -> usize {
        self.records.read(|traffic| traffic.requests.len())
    }

    /// Requests that the peer broke off, one line each: the connection, and how far it came.
    pub fn incomplete_requests(&self) -> Vec<String> {
        self.records.read(|traffic| traffic.incomplete_requests.clone())
    }

    /// TLS handshakes that failed. They are no failures of the script: a client may refuse a
    /// certificate.
    pub fn handshake_failures(&self) -> Vec<HandshakeFailure> {
        self.records.read(|traffic| traffic.handshake_failures.clone())
    }

    /// How many bytes have been received on a connection, without those of TLS itself.
    pub fn bytes_received(&self, connection: usize) -> u64 {
        self.connection(connection, |connection| connection.received).unwrap_or_default()
    }

    /// What [`Connection::read_some`] and [`Connection::read_exactly`] took on a connection.
    ///
    /// [`Connection::read_some`]: super::Connection::read_some
    /// [`Connection::read_exactly`]: super::Connection::read_exactly
    pub fn unparsed(&self, connection: usize) -> Vec<u8> {
        self.connection(connection, |connection| connection.unparsed.clone()).unwrap_or_default()
    }

    fn connection<T>(&self, index: usize, read: impl FnOnce(&ConnectionRecord) -> T) -> Option<T> {
        self.records.read(|traffic| traffic.connections.get(index).map(read))
    }

    /// Waits until `count` requests have been read to their end.
    pub async fn wait_for_requests(&self, count: usize) {
        let wished = self.records.wait_unless_failed(|traffic| traffic.requests.len() >= count);
        wished.await;
    }

    /// Waits until `count` connections have been accepted.
    pub async fn wait_for_connections(&self, count: usize) {
        let wished = self.records.wait_unless_failed(|traffic| traffic.connections.len() >= count);
        wished.await;
    }

    /// Waits until a connection has ended, and returns how.
    ///
    /// That the peer ends it is seen by the step that reads or writes next; a
    /// [`pause`](super::Connection::pause) does neither.
    pub async fn wait_closed(&self, connection: usize) -> Closed {
        let mut closed = Closed::ByServer;
        let wished = self.records.wait_unless_failed(|traffic| {
            let connection = traffic.connections.get(connection);
            let ended = connection.and_then(|connection| connection.closed);
            closed = ended.unwrap_or(closed);
            ended.is_some()
        });
        wished.await;
        closed
    }

    /// Stops the server, and returns when its port and all its connections are closed.
    ///
    /// # Panics
    ///
    /// If its script failed.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for RawServer {
    #[expect(
        clippy::print_stderr,
        reason = "a second panic would abort, and the failure explains the first"
    )]
    fn drop(&mut self) {
        match self.records.failures() {
            Some(failures) if thread::panicking() => eprintln!("{failures}"),
            Some(failures) => panic!("{failures}"),
            None => {}
        }
    }
}

impl fmt::Debug for RawServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawServer")
            .field("uri", &self.uri())
            .field("connections", &self.connection_count())
            .field("requests", &self.request_count())
            .finish_non_exhaustive()
    }
}
