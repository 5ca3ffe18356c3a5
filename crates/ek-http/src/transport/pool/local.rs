//! What of a pool belongs to one runtime: its callers, and the connections that they may have.
//!
//! A connection is driven by a task of the runtime in which it was made, and a runtime may stand still for
//! any time: a `current_thread` one does so outside of `block_on`. So a call is given only connections of
//! its own runtime, and waits for none of another. What all share is the bound on sockets.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::Instant;

#[cfg(feature = "http2")]
use super::h2;
use super::idle::Idle;
use super::permit::Permit;
use super::sockets::{Pending, Sockets};
#[cfg(feature = "http2")]
use super::streams::Connections;
use super::wait_queue::WaitQueue;
use super::{Refused, h1};

pub(super) struct Local {
    pub(super) runtime: Handle,
    pub(super) wait_queue: WaitQueue<oneshot::Sender<Result<Permit, Refused>>>,
    pub(super) idle: Idle<h1::Handle>,
    #[cfg(feature = "http2")]
    pub(super) http2: Connections<h2::Sender>,
    pub(super) pending: Pending,
    /// The task that closes what was idle for too long.
    pub(super) reaper: Option<AbortHandle>,
}

impl Local {
    pub(super) fn new(runtime: Handle, idle_limit: Duration) -> Self {
        Self {
            runtime,
            wait_queue: WaitQueue::new(),
            idle: Idle::new(idle_limit),
            #[cfg(feature = "http2")]
            http2: Connections::new(idle_limit),
            pending: Pending::default(),
            reaper: None,
        }
    }

    /// How many connections are idle.
    pub(super) fn idle(&self) -> usize {
        #[cfg(feature = "http2")]
        let shared = self.http2.idle();
        #[cfg(not(feature = "http2"))]
        let shared = 0;
        self.idle.len() + shared
    }

    /// Whether the first of this many callers without a connection is to dial, if there is a place.
    pub(super) fn wants_dial<C>(&self, sockets: &Sockets<C>, waiting: usize) -> bool {
        // A connection whose limit is not known yet may take all that wait.
        #[cfg(feature = "http2")]
        if !self.http2.are_all_limits_known() {
            return false;
        }
        self.pending.allow_dial(sockets, waiting)
    }

    /// Those that have been idle for long enough.
    pub(super) fn expired(&mut self, now: Instant) -> impl Sized + use<> {
        #[cfg(feature = "http2")]
        let shared = self.http2.expired(now);
        #[cfg(not(feature = "http2"))]
        let shared = ();
        (self.idle.expired(now), shared)
    }

    /// When the next one will have been.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        #[cfg(feature = "http2")]
        let shared = self.http2.next_expiry();
        #[cfg(not(feature = "http2"))]
        let shared = None;
        self.idle.next_expiry().into_iter().chain(shared).min()
    }

    /// Gives up all that is idle, to be closed when the lock is free.
    pub(super) fn clear(&mut self) -> impl Sized + use<> {
        if let Some(reaper) = self.reaper.take() {
            reaper.abort();
        }
        #[cfg(feature = "http2")]
        let shared = self.http2.clear();
        #[cfg(not(feature = "http2"))]
        let shared = ();
        (self.idle.clear(), shared)
    }

    /// Whether there is nothing left, as there is not of a runtime that has ended.
    pub(super) fn is_over(&mut self) -> bool {
        self.idle.retain(|handle| !handle.is_closed());
        #[cfg(feature = "http2")]
        let has_shared = !self.http2.is_empty();
        #[cfg(not(feature = "http2"))]
        let has_shared = false;
        self.wait_queue.is_empty() && self.idle.len() == 0 && !has_shared && self.pending.are_none()
    }
}
