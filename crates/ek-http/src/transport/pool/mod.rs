//! The pool: a bounded number of sockets to one origin, for calls that are let in as they came.
//!
//! A call asks for a [`Permit`]. It gets one at once if a connection is idle, a stream of an HTTP/2
//! connection is free, or one more socket may be opened; else it waits in the queue. What a permit holds is
//! handed on when the permit is dropped. There is no task per request: each connection has one, which
//! ends with its socket, and one more closes idle connections when their time has come. Connections serve
//! calls of their own runtime; the bound on sockets is for all.
//!
//! | module | what it knows |
//! | --- | --- |
//! | `wait_queue` | who came first |
//! | `sockets` | which there are, and whether one more may be opened |
//! | `idle` | which connections rest, and since when |
//! | `local` | what callers of one runtime have to themselves |
//! | `state` | these together, under one lock, and handing out what is free |
//! | `permit` | what a call holds, and giving it back |
//! | `dial` | from a place to a connection |
//! | `send` | the request on a connection, and when it may be sent on another |
//! | `h1`, `h2` | a connection's task |
//! | `streams` | how many calls an HTTP/2 connection may carry |
//! | `socket` | the place among the sockets that goes wherever the socket goes |
//! | `reaper` | the timer |

mod dial;
mod h1;
#[cfg(feature = "http2")]
mod h2;
mod idle;
mod local;
mod permit;
mod reaper;
mod send;
mod socket;
mod sockets;
mod state;
#[cfg(feature = "http2")]
mod streams;
mod wait_queue;

use std::sync::Arc;
use std::time::Duration;

use ek_core::Result;
use tokio::runtime::Handle;

use super::proxy::Route;
use super::settings::Settings;
use crate::endpoint::Endpoint;
use dial::Dial;
pub(crate) use permit::Permit;
use permit::Waiter;
use send::Addressing;
use sockets::{Protocol, Sockets};
use state::{Phase, Shared, State};

/// What a dial failed with, for all who waited for it.
type DialError = Arc<dyn std::error::Error + Send + Sync>;

/// A pool's clock cannot add what is beyond its range.
const MAX_IDLE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Why a call gets no permit.
#[derive(Debug)]
pub(super) enum Refused {
    Closed,
    /// The dial for which it waited has failed.
    NoConnection(DialError),
    /// Its time is over. Whether it was the bound on sockets that kept it waiting.
    TooLate {
        full: bool,
    },
}

/// The connections to one endpoint.
pub(super) struct Pool {
    shared: Arc<Shared>,
    dial: Arc<Dial>,
    addressing: Addressing,
}

impl Pool {
    pub(super) fn new(endpoint: &Endpoint, settings: &Settings, route: &Route) -> Result<Self> {
        let most = usize::try_from(settings.max_connections).unwrap_or(usize::MAX);
        let protocol = match endpoint.https && settings.http2 {
            true => Protocol::Unknown,
            false => Protocol::Http1,
        };
        let idle_limit = settings.pool_idle_timeout.min(MAX_IDLE);
        let state = State {
            locals: Vec::new(),
            sockets: Sockets::new(most, protocol),
            last: 0,
            calls: 0,
            phase: Phase::Open,
            idle_limit,
            max_idle: settings.pool_max_idle,
            handing_out: false,
        };
        Ok(Self {
            shared: Arc::new(Shared::new(state)),
            dial: Arc::new(Dial::new(endpoint, settings, route)?),
            addressing: Addressing::new(route),
        })
    }

    /// Waits in the queue for a permit of this runtime, at most this long.
    pub(super) async fn acquire(
        &self,
        limit: Duration,
        runtime: Handle,
    ) -> std::result::Result<Permit, Refused> {
        let waiting = {
            let mut state = self.shared.lock();
            if state.phase != Phase::Open {
                return Err(Refused::Closed);
            }
            state.calls += 1;
            let number = state.number();
            if let Some(lease) = state.grant_at_once(&runtime) {
                return Ok(Permit::new(Arc::clone(&self.shared), number, runtime, lease));
            }
            let waiting = Waiter::join(&self.shared, &mut state, number, &runtime);
            // A place may be had that another runtime keeps.
            self.shared.hand_out(state);
            waiting
        };
        match tokio::time::timeout(limit, waiting.permit()).await {
            Ok(permit) => permit,
            Err(_) => Err(Refused::TooLate { full: self.shared.lock().sockets.is_full() }),
        }
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
