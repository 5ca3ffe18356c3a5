//! The way to the server: a pool of connections behind one small door.
//!
//! Everything that knows hyper's client lives in here, so that the pool can be replaced: outside, a
//! request goes in and a response comes out, and leave to send one is given in order.

mod body;
mod connect;
#[cfg(test)]
pub(crate) mod endless;
mod fault;
mod pool;
mod proxy;
mod resolve;
mod tls;

use std::time::Duration;

use bytes::Bytes;
use ek_core::{Error, ErrorKind, Result};
use hyper::body::Incoming;
use hyper::http::HeaderMap;
use hyper::{Method, Response, Uri};
use tokio::runtime::Handle;

use crate::endpoint::Endpoint;
pub(crate) use body::{AnswerBody, Collected, Paced, collect, collect_head};
pub(crate) use connect::{BoxError, Dialer};
pub(crate) use fault::Fault;
use fault::Way;
pub(crate) use pool::Permit;
use pool::{Pool, Refused};
pub(crate) use proxy::{ProxyChoice, ProxySettings, reads_along};
pub use tls::{TlsBackend, TlsRoots};
pub(crate) use tls::{TlsSettings, read_certificates, read_identity};

/// What the transport is built from.
pub(crate) struct Settings {
    pub(crate) connect_timeout: Duration,
    pub(crate) pool_idle_timeout: Duration,
    pub(crate) pool_max_idle: usize,
    pub(crate) max_connections: u32,
    pub(crate) http2: bool,
    pub(crate) resolve: Vec<(String, Vec<std::net::SocketAddr>)>,
    pub(crate) connector: Option<Dialer>,
    pub(crate) proxy: ProxySettings,
    pub(crate) tls: TlsSettings,
}

/// A request that is ready to be sent.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    /// The whole URL.
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The pool, and what its refusals mean to a caller.
pub(crate) struct Transport {
    pool: Pool,
    way: Way,
    max_connections: u32,
}

impl Transport {
    pub(crate) fn new(endpoint: &Endpoint, settings: &Settings) -> Result<Self> {
        let route = proxy::route(&settings.proxy, endpoint)?;
        Ok(Self {
            pool: Pool::new(endpoint, settings, &route)?,
            way: Way::new(endpoint, &route),
            max_connections: settings.max_connections,
        })
    }

    /// Waits in line for leave to make a request from this runtime, at most this long.
    ///
    /// The permit is to be held until the answer's body is at its end or dropped.
    pub(crate) async fn acquire(&self, limit: Duration, runtime: Handle) -> Result<Permit> {
        let message = match self.pool.acquire(limit, runtime).await {
            Ok(permit) => return Ok(permit),
            Err(Refused::Closed) => return Err(closed()),
            Err(Refused::NoConnection(error)) => {
                return Err(self.error(Fault::Connect(error)));
            }
            Err(Refused::TooLate { full: true }) => format!(
                "all {} connections were in use for {limit:?}; raise max_connections or make \
                 fewer calls at once",
                self.max_connections
            ),
            Err(Refused::TooLate { full: false }) => {
                format!("no connection to {} within {limit:?}", self.way.target())
            }
        };
        Err(Error::new(ErrorKind::Timeout, message).with_may_have_executed(false))
    }

    /// Sends one request and waits for the head of the answer.
    pub(crate) async fn send(
        &self,
        permit: &mut Permit,
        outgoing: Outgoing,
    ) -> std::result::Result<Response<Incoming>, Fault> {
        self.pool.send(permit, outgoing).await
    }

    /// The error of a failed exchange.
    pub(crate) fn error(&self, fault: Fault) -> Error {
        fault.into_error(&self.way)
    }

    /// Lets calls that came before end, refuses those that come after, and closes the connections.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Config, "the provider was closed; build a new one")
}

/// Whether an answer's body ends only where the connection ends, so that a cut looks like an end.
pub(crate) fn ends_with_connection(version: hyper::Version, headers: &HeaderMap) -> bool {
    version < hyper::Version::HTTP_2
        && !headers.contains_key(hyper::header::CONTENT_LENGTH)
        && !headers.contains_key(hyper::header::TRANSFER_ENCODING)
}

/// The largest head of an answer that is read over HTTP/2, in bytes. It is more than is taken
/// ([`is_head_too_large`]), so that a head that is too large differs from one that breaks the rules.
#[cfg(feature = "http2")]
const MAX_HTTP2_HEAD: u32 = 1024 * 1024;

/// Whether the head of an answer is larger than hyper takes over HTTP/1, where it never gets here.
pub(crate) fn is_head_too_large(headers: &HeaderMap) -> bool {
    const MAX_HEADERS: usize = 100;
    const MAX_BYTES: usize = 8 * 1024 + MAX_HEADERS * 4 * 1024;
    let bytes = headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    headers.len() > MAX_HEADERS || bytes.sum::<usize>() > MAX_BYTES
}

/// Whether the server says that it has not processed a request: it refused the stream, or went away
/// with a last stream before this one (RFC 9113, section 8.7).
#[cfg(feature = "http2")]
fn is_unprocessed(error: &h2::Error) -> bool {
    let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
    error.is_remote() && (refused || error.is_go_away())
}
