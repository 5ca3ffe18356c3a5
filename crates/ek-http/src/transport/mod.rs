//! The way to the server: a pool of connections behind one small door.
//!
//! Everything that knows hyper's client lives in here, so that the pool can be replaced: outside, a
//! request goes in and a response comes out, and leave to send one is given in order.

mod body;
mod connect;
mod fault;
mod proxy;
mod resolve;
mod tls;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use ek_core::{Error, ErrorKind, Result};
use hyper::body::Incoming;
use hyper::http::{HeaderMap, HeaderValue};
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::endpoint::Endpoint;
use body::OneShot;
pub(crate) use body::{Collected, collect, collect_head};
use connect::Connector;
pub(crate) use connect::{BoxError, Dialer};
pub(crate) use fault::Fault;
pub(crate) use proxy::{ProxyChoice, ProxySettings, reads_along};
pub use tls::{TlsBackend, TlsRoots};
pub(crate) use tls::{TlsSettings, read_certificates, read_identity};

/// HTTP/2 pings while streams are open; a peer that leaves one unanswered this long is dead.
#[cfg(feature = "http2")]
const PING: Duration = Duration::from_secs(20);

/// The pool's clock cannot add what is beyond its range.
const MAX_IDLE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

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

type Pool = Client<Connector, OneShot>;

/// The pool, and the gate in front of it.
pub(crate) struct Transport {
    /// Taken out by `close`, which drops the pool and with it its idle connections.
    pool: Mutex<Option<Pool>>,
    gate: Arc<Semaphore>,
    max_connections: u32,
    closing: AtomicBool,
    /// For a plain-http endpoint behind an HTTP proxy: the proxy reads each request itself.
    proxy_authorization: Option<HeaderValue>,
}

impl Transport {
    pub(crate) fn new(endpoint: &Endpoint, settings: &Settings) -> Result<Self> {
        let route = proxy::route(&settings.proxy, endpoint)?;
        let connector = Connector::new(endpoint, settings, &route)?;
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            // Without this timer idle sockets are refused at checkout but never closed.
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(settings.pool_idle_timeout.min(MAX_IDLE))
            .pool_max_idle_per_host(settings.pool_max_idle);
        #[cfg(feature = "http2")]
        builder
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING)
            .http2_keep_alive_while_idle(false)
            .http2_adaptive_window(true);
        let permits = usize::try_from(settings.max_connections).unwrap_or(usize::MAX);
        Ok(Self {
            pool: Mutex::new(Some(builder.build(connector))),
            gate: Arc::new(Semaphore::new(permits)),
            max_connections: settings.max_connections,
            closing: AtomicBool::new(false),
            proxy_authorization: route.forward_authorization(),
        })
    }

    /// Waits in line for leave to use a socket, at most this long.
    ///
    /// The permit is to be held until the answer's body is at its end or dropped.
    pub(crate) async fn enter(&self, limit: Duration) -> Result<OwnedSemaphorePermit> {
        if self.closing.load(Ordering::Acquire) {
            return Err(closed());
        }
        let gate = Arc::clone(&self.gate);
        if let Ok(permit) = Arc::clone(&gate).try_acquire_owned() {
            return Ok(permit);
        }
        match tokio::time::timeout(limit, gate.acquire_owned()).await {
            Ok(permit) => permit.map_err(|_| closed()),
            Err(_) => {
                let message = format!(
                    "all {} connections were in use for {limit:?}; raise max_connections or make \
                     fewer calls at once",
                    self.max_connections
                );
                Err(Error::new(ErrorKind::Timeout, message).with_may_have_executed(false))
            }
        }
    }

    /// Sends one request and waits for the head of the answer.
    pub(crate) async fn send(
        &self,
        mut request: Request<Bytes>,
    ) -> std::result::Result<Response<Incoming>, Fault> {
        if let Some(authorization) = &self.proxy_authorization {
            let name = hyper::header::PROXY_AUTHORIZATION;
            request.headers_mut().insert(name, authorization.clone());
        }
        let pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(pool) = pool else {
            return Err(Fault::Closed);
        };
        pool.request(request.map(OneShot::new)).await.map_err(Fault::of_client)
    }

    /// Lets calls that came before end, refuses those that come after, and drops the pool.
    pub(crate) async fn close(&self) {
        self.closing.store(true, Ordering::Release);
        // Permits are handed out in order: all of them together come after every call that waits.
        let all = self.gate.acquire_many(self.max_connections).await;
        self.pool.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.gate.close();
        drop(all);
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
