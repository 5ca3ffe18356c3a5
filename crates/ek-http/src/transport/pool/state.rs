//! What the pool knows, behind one lock: who waits, what is idle, which sockets are open.
//!
//! Every change that may let a waiting call go on ends in [`Shared::hand_out`], which hands out what
//! there is to those who came first. Nothing is awaited under the lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Handle, Id};
use tokio::sync::Notify;
use tokio::time::Instant;

#[cfg(feature = "http2")]
use super::h2;
use super::local::Local;
use super::permit::{Lease, Permit};
use super::socket::Closer;
use super::sockets::Sockets;
use super::{h1, reaper};

pub(super) struct Shared {
    state: Mutex<State>,
    /// Told when the pool has closed.
    pub(super) closed: Notify,
}

pub(super) struct State {
    /// One for each runtime from which there were calls, but for those that have ended.
    pub(super) locals: Vec<Local>,
    pub(super) sockets: Sockets<Closer>,
    /// The number of the newest call.
    pub(super) last: u64,
    /// Calls that wait, dial, or use a connection.
    pub(super) calls: usize,
    pub(super) phase: Phase,
    pub(super) idle_limit: Duration,
    /// How many connections may be idle.
    pub(super) max_idle: usize,
    /// A thread is in [`Shared::hand_out`].
    pub(super) handing_out: bool,
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
    /// What is handed to a call that is just being dropped comes back by being dropped itself, and what
    /// others give back meanwhile is handed out in the same go: there is one that does it.
    pub(super) fn hand_out<'a>(self: &'a Arc<Self>, mut state: MutexGuard<'a, State>) {
        if std::mem::replace(&mut state.handing_out, true) {
            return;
        }
        // What is woken or closed here is not all of this crate.
        let mut panicked = Panicked(Some(self));
        loop {
            if let Some((at, lease)) = state.grant_next() {
                let local = &mut state.locals[at];
                let (called, runtime) = (local.wait_queue.pop(), local.runtime.clone());
                drop(state);
                // Waking is left for when the lock is free.
                if let Some((number, waiting)) = called {
                    let permit = Permit::new(Arc::clone(self), number, runtime, lease);
                    drop(waiting.send(Ok(permit)));
                }
            } else if let Some(evicted) = state.evict() {
                drop(state);
                evicted.close();
            } else {
                state.handing_out = false;
                panicked.0 = None;
                return;
            }
            state = self.lock();
        }
    }

    /// The same after a call has ended.
    pub(super) fn call_ended<'a>(self: &'a Arc<Self>, mut state: MutexGuard<'a, State>) {
        state.calls -= 1;
        if state.calls == 0 && state.phase == Phase::Closing {
            self.shut(state);
        } else {
            self.hand_out(state);
        }
    }

    /// Closes what is idle, and keeps nothing from now on.
    pub(super) fn shut(&self, mut state: MutexGuard<'_, State>) {
        state.phase = Phase::Closed;
        let idle: Vec<_> = state.locals.iter_mut().map(Local::clear).collect();
        drop(state);
        drop(idle);
        self.closed.notify_waiters();
    }

    /// A connection came to rest: it serves the next in line, or is kept, or is closed.
    pub(super) fn rest<'a>(
        self: &'a Arc<Self>,
        handle: h1::Handle,
        mut state: MutexGuard<'a, State>,
    ) {
        let spare = state.rest(handle, self);
        self.hand_out(state);
        drop(spare);
    }
}

impl State {
    /// A number behind all that were given.
    pub(super) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// What belongs to this runtime.
    pub(super) fn local(&mut self, runtime: &Handle) -> &mut Local {
        let at = self.at(runtime);
        &mut self.locals[at]
    }

    fn at(&mut self, runtime: &Handle) -> usize {
        let at = self.locals.iter().position(|local| local.runtime.id() == runtime.id());
        at.unwrap_or_else(|| {
            // Where runtimes come and go, those that are gone are forgotten.
            self.locals.retain_mut(|local| !local.is_over());
            self.locals.push(Local::new(runtime.clone(), self.idle_limit));
            self.locals.len() - 1
        })
    }

    pub(super) fn find(&mut self, runtime: Id) -> Option<&mut Local> {
        self.locals.iter_mut().find(|local| local.runtime.id() == runtime)
    }

    /// What a caller in this runtime can have at once, if no other waits before it.
    pub(super) fn grant_at_once(&mut self, runtime: &Handle) -> Option<Lease> {
        let at = self.at(runtime);
        if self.locals[at].wait_queue.is_empty() { self.grant(at, 1) } else { None }
    }

    /// What one of this many callers without a connection can have at once.
    fn grant(&mut self, at: usize, waiting: usize) -> Option<Lease> {
        let local = &mut self.locals[at];
        #[cfg(feature = "http2")]
        if let Some((socket, sender)) = local.http2.open_stream() {
            if let Some(open) = self.sockets.get_mut(socket) {
                open.add_call();
            }
            return Some(Lease::Http2(h2::Stream { socket, sender, reused: true }));
        }
        while let Some(handle) = local.idle.take() {
            if let Some(open) = self.sockets.get_mut(handle.socket)
                && !handle.is_closed()
            {
                open.add_call();
                return Some(Lease::Http1 { handle, reused: true });
            }
        }
        if self.sockets.is_full() || !local.wants_dial(&self.sockets, waiting) {
            return None;
        }
        self.sockets.dial();
        Some(Lease::Dial { probing: local.pending.dial(&self.sockets) })
    }

    /// What the first can have of those who wait and can have anything; and where it waits.
    fn grant_next(&mut self) -> Option<(usize, Lease)> {
        let mut passed_over = 0;
        while let Some((number, at)) = self.first_after(passed_over) {
            if let Some(lease) = self.grant(at, self.locals[at].wait_queue.len()) {
                return Some((at, lease));
            }
            passed_over = number;
        }
        None
    }

    /// Of those who are first in the line of their runtime, the next after this number.
    fn first_after(&self, number: u64) -> Option<(u64, usize)> {
        let firsts = self.locals.iter().enumerate();
        let firsts = firsts.filter_map(|(at, local)| Some((local.wait_queue.first()?, at)));
        firsts.filter(|(first, _)| *first > number).min()
    }

    /// Takes an unused connection from another runtime, where it keeps a place for which a call waits.
    fn evict(&mut self) -> Option<Evicted> {
        if self.locals.len() < 2 {
            return None;
        }
        let mut passed_over = 0;
        while let Some((number, at)) = self.first_after(passed_over) {
            let local = &self.locals[at];
            if local.wants_dial(&self.sockets, local.wait_queue.len())
                && let Some((socket, open)) = self.sockets.evict(local.runtime.id())
            {
                let (closer, owner) = (open.closer.clone(), open.runtime.id());
                let owner = self.find(owner);
                return Some(match owner {
                    None => Evicted { closer, ..Evicted::default() },
                    Some(owner) => Evicted {
                        closer,
                        _handle: owner.idle.remove(|handle| handle.socket == socket),
                        #[cfg(feature = "http2")]
                        _sender: owner.http2.retire(socket),
                    },
                });
            }
            passed_over = number;
        }
        None
    }

    /// Keeps the connection for later; gives it back to be closed where it cannot be kept.
    pub(super) fn rest(&mut self, handle: h1::Handle, shared: &Arc<Shared>) -> Option<h1::Handle> {
        let runtime = self.sockets.get_mut(handle.socket).map(|open| open.runtime.clone());
        let Some(runtime) = runtime.filter(|_| self.phase != Phase::Closed) else {
            return Some(handle);
        };
        let may_idle = self.may_idle();
        let local = self.local(&runtime);
        // Whoever waits takes it before the lock is released.
        if !may_idle && local.wait_queue.is_empty() {
            return Some(handle);
        }
        reaper::ensure(local, shared);
        local.idle.keep(handle, Instant::now());
        None
    }

    /// A call on a shared connection is over.
    #[cfg(feature = "http2")]
    pub(super) fn close_stream(
        &mut self,
        stream: &h2::Stream,
        shared: &Arc<Shared>,
    ) -> Option<h2::Sender> {
        self.remove_call(stream.socket);
        let runtime = self.sockets.get_mut(stream.socket)?.runtime.clone();
        let (is_closed, may_idle) = (self.phase == Phase::Closed, self.may_idle());
        let local = self.local(&runtime);
        let keeps = !is_closed && (may_idle || !local.wait_queue.is_empty());
        if keeps {
            reaper::ensure(local, shared);
        }
        local.http2.close_stream(stream.socket, Instant::now(), keeps)
    }

    fn may_idle(&self) -> bool {
        self.locals.iter().map(Local::idle).sum::<usize>() < self.max_idle
    }

    /// A call does not use this socket any longer.
    pub(super) fn remove_call(&mut self, socket: u64) {
        if let Some(open) = self.sockets.get_mut(socket) {
            open.remove_call();
        }
    }

    /// A connection is left to its task, which will give it back or end.
    pub(super) fn begin_return(&mut self, socket: u64) {
        if let Some(open) = self.sockets.get_mut(socket) {
            open.returning = true;
            let runtime = open.runtime.clone();
            self.local(&runtime).pending.begin_return();
        }
    }

    /// It has come back, or is not waited for any longer.
    pub(super) fn end_return(&mut self, socket: u64) {
        if let Some(open) = self.sockets.get_mut(socket)
            && std::mem::take(&mut open.returning)
        {
            let runtime = open.runtime.clone();
            self.local(&runtime).pending.end_return();
        }
    }

    /// A socket is closed.
    pub(super) fn closed(&mut self, socket: u64) {
        if let Some(open) = self.sockets.closed(socket)
            && open.returning
        {
            self.local(&open.runtime).pending.end_return();
        }
    }
}

/// Lets others hand out what there is after a panic.
struct Panicked<'a>(Option<&'a Shared>);

impl Drop for Panicked<'_> {
    fn drop(&mut self) {
        if let Some(shared) = self.0 {
            shared.lock().handing_out = false;
        }
    }
}

/// A connection that is taken from its runtime, to be closed when the lock is free.
#[derive(Default)]
struct Evicted {
    closer: Closer,
    _handle: Option<h1::Handle>,
    #[cfg(feature = "http2")]
    _sender: Option<h2::Sender>,
}

impl Evicted {
    fn close(self) {
        self.closer.close();
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::super::sockets::Protocol;
    use super::*;

    #[test]
    fn runtimes_that_have_ended_leave_nothing_behind() {
        let mut state = State {
            locals: Vec::new(),
            sockets: Sockets::new(9, Protocol::Http1),
            last: 0,
            calls: 0,
            phase: Phase::Open,
            idle_limit: Duration::from_secs(9),
            max_idle: 9,
            handing_out: false,
        };
        for _ in 0..50 {
            let runtime = Builder::new_current_thread().build().expect("a runtime");
            let lease = state.grant_at_once(runtime.handle());
            assert!(matches!(lease, Some(Lease::Dial { probing: false })));
            state.sockets.abandon_dial();
        }
        assert_eq!(state.locals.len(), 1);
    }
}
