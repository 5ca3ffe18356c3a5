//! What the pool knows, behind one lock: who waits, what is idle, how many sockets are open.
//!
//! Every change that may let a waiting call go on ends in [`Shared::settle`], which hands out what
//! there is to those who came first. Nothing is awaited under the lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;
use tokio::time::Instant;

#[cfg(feature = "http2")]
use super::h2;
use super::idle::Idle;
use super::line::Line;
use super::sockets::Sockets;
#[cfg(feature = "http2")]
use super::streams::Connections;
use super::turn::{Hold, Turn};
use super::{Refused, h1, reaper};

pub(super) struct Shared {
    state: Mutex<State>,
    /// Told when the pool has closed.
    pub(super) closed: Notify,
}

pub(super) struct State {
    pub(super) line: Line<oneshot::Sender<Result<Turn, Refused>>>,
    pub(super) idle: Idle<h1::Handle>,
    #[cfg(feature = "http2")]
    pub(super) http2: Connections<h2::Sender>,
    pub(super) sockets: Sockets,
    /// Calls that wait, dial, or use a connection.
    pub(super) calls: usize,
    pub(super) phase: Phase,
    /// Where the last connection was made.
    pub(super) runtime: Option<Handle>,
    /// The task that closes what was idle for too long.
    pub(super) reaper: Option<AbortHandle>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// No further calls; those that came before go on.
    Closing,
    Closed,
}

impl Shared {
    pub(super) fn new(state: State) -> Self {
        Self { state: Mutex::new(state), closed: Notify::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands out what there is, to those who came first.
    ///
    /// What is handed to a call that is just being dropped comes back by being dropped itself.
    pub(super) fn settle<'a>(self: &'a Arc<Self>, mut state: MutexGuard<'a, State>) {
        while let Some(hold) = state.grant_next() {
            let Some((number, waiting)) = state.line.call() else {
                debug_assert!(false, "granted to nobody");
                return;
            };
            drop(state);
            let turn = Turn::new(Arc::clone(self), number, hold);
            // Waking is left for when the lock is free.
            drop(waiting.send(Ok(turn)));
            state = self.lock();
        }
    }

    /// The same after a call has ended.
    pub(super) fn call_ended<'a>(self: &'a Arc<Self>, mut state: MutexGuard<'a, State>) {
        state.calls -= 1;
        if state.calls == 0 && state.phase == Phase::Closing {
            self.shut(state);
        } else {
            self.settle(state);
        }
    }

    /// Closes what is idle, and keeps nothing from now on.
    pub(super) fn shut(&self, mut state: MutexGuard<'_, State>) {
        state.phase = Phase::Closed;
        let idle = state.idle.clear();
        #[cfg(feature = "http2")]
        let http2 = state.http2.clear();
        let reaper = state.reaper.take();
        drop(state);
        if let Some(reaper) = reaper {
            reaper.abort();
        }
        drop(idle);
        #[cfg(feature = "http2")]
        drop(http2);
        self.closed.notify_waiters();
    }

    /// A connection came to rest: it serves the next in line, or is kept, or is closed.
    pub(super) fn rest<'a>(
        self: &'a Arc<Self>,
        handle: h1::Handle,
        mut state: MutexGuard<'a, State>,
    ) {
        let spare = state.rest(handle, self);
        self.settle(state);
        drop(spare);
    }
}

impl State {
    /// What one of this many callers without a connection can have at once.
    pub(super) fn grant(&mut self, waiting: usize) -> Option<Hold> {
        #[cfg(feature = "http2")]
        if let Some((connection, sender)) = self.http2.open_stream() {
            return Some(Hold::Http2(h2::Stream { connection, sender, reused: true }));
        }
        while let Some(handle) = self.idle.take() {
            if !handle.is_closed() {
                return Some(Hold::Http1 { handle, reused: true });
            }
        }
        // One that has not told its limit yet may take all that wait.
        #[cfg(feature = "http2")]
        if !self.http2.are_all_told() {
            return None;
        }
        self.sockets.may_dial(waiting).then(|| Hold::Dial { decides: self.sockets.dial() })
    }

    fn grant_next(&mut self) -> Option<Hold> {
        let waiting = self.line.len();
        if waiting == 0 { None } else { self.grant(waiting) }
    }

    /// Keeps the connection for later; gives it back to be closed where it cannot be kept.
    pub(super) fn rest(&mut self, handle: h1::Handle, shared: &Arc<Shared>) -> Option<h1::Handle> {
        // Whoever waits takes it before the lock is released.
        let wanted = !self.line.is_empty();
        if self.phase == Phase::Closed || (!self.may_idle() && !wanted) {
            return Some(handle);
        }
        reaper::ensure(self, shared);
        self.idle.keep(handle, Instant::now());
        None
    }

    /// A call on a shared connection is over.
    #[cfg(feature = "http2")]
    pub(super) fn close_stream(
        &mut self,
        stream: &h2::Stream,
        shared: &Arc<Shared>,
    ) -> Option<h2::Sender> {
        let keeps = self.phase != Phase::Closed && (self.may_idle() || !self.line.is_empty());
        if keeps {
            reaper::ensure(self, shared);
        }
        self.http2.close_stream(stream.connection, Instant::now(), keeps)
    }

    fn may_idle(&self) -> bool {
        #[cfg(feature = "http2")]
        let others = self.http2.idle();
        #[cfg(not(feature = "http2"))]
        let others = 0;
        self.idle.has_room(others)
    }
}
