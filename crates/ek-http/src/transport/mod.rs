//! The way to the server: a pool of connections behind one small door.
//!
//! Everything that knows hyper's client lives in here, so that the pool can be replaced: outside, a
//! request goes in and a response comes out, and leave to send one is given in order.

mod body;
mod connect;
mod dial_error;
mod dialer;
#[cfg(test)]
pub(crate) mod endless;
mod fault;
mod head;
mod outgoing;
mod pool;
mod proxy;
mod resolve;
mod roots;
mod settings;
mod tls;
mod verified_chains;

use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};
use tokio::runtime::Handle;

use crate::endpoint::Endpoint;
pub(crate) use body::{AnswerBody, Collected, Paced, collect, collect_head};
pub(crate) use dialer::{BoxError, Dialer};
pub(crate) use fault::Fault;
use fault::Way;
pub(crate) use head::{ends_with_connection, is_head_too_large};
pub(crate) use outgoing::{Outgoing, Sent};
pub(crate) use pool::Permit;
use pool::{Pool, Refused};
pub(crate) use proxy::{ProxyChoice, ProxySettings, reads_along};
pub(crate) use settings::Settings;
pub use tls::{TlsBackend, TlsRoots};
pub(crate) use tls::{TlsSettings, read_certificates, read_identity};

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

    /// Waits in the queue for leave to make a request from this runtime, at most this long.
    ///
    /// The permit is to be held until the answer's body is at its end or dropped.
    pub(crate) async fn acquire(&self, limit: Duration, runtime: Handle) -> Result<Permit> {
        let message = match self.pool.acquire(limit, runtime).await {
            Ok(permit) => return Ok(permit),
            Err(Refused::Closed) => return Err(self.error(Fault::Closed)),
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

    /// Opens a connection, unless one can be used already. Waits in the queue for it at most this long.
    pub(crate) async fn connect(&self, limit: Duration, runtime: Handle) -> Result<()> {
        let mut permit = self.acquire(limit, runtime).await?;
        self.pool.connect(&mut permit).await.map_err(|fault| self.error(fault))
    }

    /// Sends one request and waits for the head of the answer. What `outgoing` holds is taken out of it.
    pub(crate) async fn send(&self, permit: &mut Permit, outgoing: &mut Outgoing) -> Result<Sent> {
        self.pool.send(permit, outgoing).await.map_err(|fault| self.error(fault))
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
