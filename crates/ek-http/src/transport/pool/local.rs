//! What of a pool belongs to one runtime: its callers, and the connections that they may have.
//!
//! A connection is driven by a task of the runtime in which it was made, and a runtime may stand still for
//! any time: a `current_thread` one does so outside of `block_on`. So a call is given only connections of
//! its own runtime, and waits for none of another. What all share is the bound on sockets.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::idle::Idle;
use super::parts::{Exclusive as _, Parts};
use super::pending::Pending;
use super::socket_limit::Sockets;
use super::streams::Connections;
use super::wait_queue::WaitQueue;

pub(super) struct Local<P: Parts> {
    pub(super) runtime: Handle,
    pub(super) wait_queue: WaitQueue<P::Recipient>,
    /// Calls that dial, and take a stream as well if one is left over.
    pub(super) dialling: WaitQueue<P::Recipient>,
    pub(super) idle: Idle<P::Exclusive>,
    /// The connections that many calls share.
    pub(super) shared: Connections<P::Sender>,
    pub(super) pending: Pending,
    /// The task that closes what was idle for too long.
    pub(super) reaper: Option<AbortHandle>,
    /// The task that opens a connection in place of the last one.
    pub(super) warming: Option<AbortHandle>,
}

impl<P: Parts> Local<P> {
    pub(super) fn new(runtime: Handle, idle_limit: Duration) -> Self {
        Self {
            runtime,
            wait_queue: WaitQueue::new(),
            dialling: WaitQueue::new(),
            idle: Idle::new(idle_limit),
            shared: Connections::new(idle_limit),
            pending: Pending::default(),
            reaper: None,
            warming: None,
        }
    }

    /// How many connections are idle.
    pub(super) fn idle(&self) -> usize {
        self.idle.len() + self.shared.idle()
    }

    /// Whether the first of this many callers without a connection is to dial, if there is a place.
    pub(super) fn wants_dial<C>(&self, sockets: &Sockets<C>, waiting: usize) -> bool {
        // A connection whose limit is not known yet may take all that wait.
        self.shared.are_all_limits_known() && self.pending.allow_dial(sockets, waiting)
    }

    /// Takes out the connections that have been idle for long enough.
    pub(super) fn expired(&mut self, now: Instant) -> impl Sized + use<P> {
        (self.idle.expired(now), self.shared.expired(now))
    }

    /// When the next one will have been.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.idle.next_expiry().into_iter().chain(self.shared.next_expiry()).min()
    }

    /// Whether connections are idle and no task closes them when their time is over.
    pub(super) fn lacks_reaper(&self) -> bool {
        self.next_expiry().is_some() && self.reaper.as_ref().is_none_or(AbortHandle::is_finished)
    }

    /// Gives up all that is idle, to be closed when the lock is free.
    pub(super) fn clear(&mut self) -> impl Sized + use<P> {
        for task in [self.reaper.take(), self.warming.take()].into_iter().flatten() {
            task.abort();
        }
        (self.idle.clear(), self.shared.clear())
    }

    /// Whether there is nothing left, as is the case after a runtime has ended. What a task or a call comes
    /// back to is kept for it.
    pub(super) fn is_over(&mut self) -> bool {
        self.idle.retain(|connection| !connection.is_closed());
        let have_tasks_ended =
            [&self.reaper, &self.warming].into_iter().flatten().all(AbortHandle::is_finished);
        have_tasks_ended
            && self.wait_queue.is_empty()
            && self.dialling.is_empty()
            && self.idle.len() == 0
            && self.shared.is_empty()
            && self.pending.is_nothing()
    }
}
