//! The pool: a bounded number of sockets to one origin, for calls that are served in order.
//!
//! It is the project's own because of what it decides: a bound on sockets that holds whatever happens to
//! a call, one queue for all that a call may wait for, and no waiting for a runtime that stands still
//! (docs/design/http.md has the reasons, and what others offer).
//!
//! A call asks for a [`Permit`]. It gets one at once if a connection is idle, a stream of an HTTP/2
//! connection is free, or one more socket may be opened; else it waits in the queue. What a permit holds
//! is given to the next call when the permit is dropped. There is no task per request: each connection
//! has one, which ends with its socket, and one more closes idle connections when their time has come.
//! Connections serve calls of their own runtime; the bound on sockets is for all.
//!
//! Each file imports only files above it in this table.
//!
//! | module | what it knows |
//! | --- | --- |
//! | `parts` | what the state needs of the things it manages, and what it hands out |
//! | `wait_queue` | which call came first |
//! | `idle` | which connections are idle, and since when |
//! | `streams` | how many calls a shared connection may carry |
//! | `sockets` | which sockets there are, and whether one more may be opened |
//! | `origins` | which protocol an origin spoke last |
//! | `pending` | what callers should wait for rather than dial |
//! | `local` | what callers of one runtime have to themselves |
//! | `state` | these together, and who gets what |
//! | `reaper` | the timer |
//! | `shared` | the state under its lock, and what follows each change |
//! | `socket` | the place among the sockets, which travels with the IO |
//! | `silence` | whether a peer that is waited for has said anything |
//! | `gate` | when what is written goes out |
//! | `upload` | the body of a request over HTTP/2 |
//! | `h1`, `h2` | a connection and its task |
//! | `permit` | what a call holds, and giving it back; a call that waits |
//! | `dial` | from a place to a connection |
//! | `warm` | opening a connection in place of the last idle one |
//! | `send` | the request on a connection, and when it may be sent on another |

mod dial;
#[cfg(feature = "http2")]
mod gate;
mod h1;
#[cfg(feature = "http2")]
mod h2;
mod idle;
mod local;
mod origins;
mod parts;
mod pending;
mod permit;
mod reaper;
mod send;
mod shared;
#[cfg(feature = "http2")]
mod silence;
mod socket;
mod socket_limit;
mod state;
mod streams;
#[cfg(feature = "http2")]
mod upload;
mod wait_queue;
mod warm;

use std::sync::Arc;
use std::time::Duration;

use ek_core::Result;
use tokio::runtime::Handle;

use super::fault::Fault;
use super::outgoing::{Outgoing, Sent};
use super::proxy::Route;
use super::settings::Settings;
use crate::endpoint::Endpoint;
use dial::Dial;
pub(crate) use permit::Permit;
pub(super) use permit::Refused;
use permit::{Http, Waiter};
use send::Addressing;
use shared::Shared;
use socket_limit::{HttpVersion, Sockets};
use state::{Phase, State};

/// A pool's clock cannot add what is beyond its range.
const MAX_IDLE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The connections to one endpoint.
pub(super) struct Pool {
    shared: Arc<Shared<Http>>,
    dial: Arc<Dial>,
    addressing: Addressing,
}

impl Pool {
    pub(super) fn new(endpoint: &Endpoint, settings: &Settings, route: &Route) -> Result<Self> {
        let max = usize::try_from(settings.max_connections).unwrap_or(usize::MAX);
        let negotiates = endpoint.https && settings.http2;
        // What another connector reaches may change.
        let origin = (negotiates && settings.connector.is_none())
            .then(|| format!("{}:{}", endpoint.host, endpoint.port()));
        let protocol = match &origin {
            _ if !negotiates => HttpVersion::Http1,
            Some(origin) => origins::last_spoken(origin),
            None => HttpVersion::Unknown,
        };
        let idle_limit = settings.pool_idle_timeout.min(MAX_IDLE);
        let sockets = Sockets::new(max, protocol);
        let state = State::new(sockets, idle_limit, settings.pool_max_idle);
        let dial = Arc::new(Dial::new(endpoint, settings, route, origin)?);
        let shared = Arc::new_cyclic(|shared| {
            let keeps = settings.keep_warm;
            let warm = keeps.then(|| warm::keep(shared.clone(), Arc::clone(&dial), idle_limit));
            Shared::new(state, warm)
        });
        Ok(Self { shared, dial, addressing: Addressing::new(route) })
    }

    /// Waits in the queue for a permit of this runtime, at most this long.
    pub(super) async fn acquire(
        &self,
        limit: Duration,
        runtime: Handle,
    ) -> std::result::Result<Permit, Refused> {
        let waiter = {
            let mut state = self.shared.lock();
            if state.phase != Phase::Open {
                return Err(Refused::Closed);
            }
            state.calls += 1;
            let number = state.number();
            if let Some(lease) = state.grant_at_once(&runtime) {
                return Ok(Permit::new(Arc::clone(&self.shared), number, runtime, lease));
            }
            let waiter = Waiter::push(&self.shared, &mut state, number, &runtime, |local| {
                &mut local.wait_queue
            });
            // A place may be had that another runtime keeps.
            self.shared.hand_out(state);
            waiter
        };
        match tokio::time::timeout(limit, waiter.permit()).await {
            Ok(permit) => permit,
            Err(_) => Err(Refused::TooLate { full: self.shared.lock().sockets.is_full() }),
        }
    }

    /// Opens a connection for this permit, if it has none yet.
    pub(super) async fn connect(&self, permit: &mut Permit) -> std::result::Result<(), Fault> {
        permit.connect(&self.dial).await
    }

    /// Sends one request and waits for the head of the answer.
    pub(super) async fn send(
        &self,
        permit: &mut Permit,
        outgoing: &mut Outgoing,
    ) -> std::result::Result<Sent, Fault> {
        send::send(permit, &self.dial, &self.addressing, outgoing).await
    }

    /// Lets calls that came before end, refuses those that come after, and closes every connection.
    ///
    /// What was begun is finished even if its caller waits for it no longer.
    pub(super) async fn close(&self) {
        let closed = self.shared.closed.notified();
        {
            let mut state = self.shared.lock();
            match state.phase {
                Phase::Closed => return,
                Phase::Open | Phase::Closing if state.calls == 0 => return self.shared.shut(state),
                Phase::Open | Phase::Closing => state.phase = Phase::Closing,
            }
        }
        closed.await;
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.shut(self.shared.lock());
    }
}
