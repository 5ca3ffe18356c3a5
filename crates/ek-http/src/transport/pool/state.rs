//! What a pool knows and how it decides: who waits, what is idle, which sockets are open, who gets what.
//!
//! It stands behind one lock (`Shared`), so nothing in here waits, wakes a task
//! or closes a socket; what is to be closed is returned. It does not know what a connection is
//! ([`Parts`]): the rules are the same for any.

use std::time::Duration;

use tokio::runtime::{Handle, Id};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::local::Local;
use super::parts::{Close as _, Exclusive as _, Lease, Parts};
use super::socket_limit::Sockets;

pub(super) struct State<P: Parts> {
    /// One for each runtime from which there were calls, but for those that have ended.
    pub(super) locals: Vec<Local<P>>,
    pub(super) sockets: Sockets<P::Closer>,
    /// The number of the newest call.
    last: u64,
    /// Calls that wait, dial, or use a connection.
    pub(super) calls: usize,
    pub(super) phase: Phase,
    pub(super) idle_limit: Duration,
    /// How many connections may be idle.
    max_idle: usize,
    /// A thread is handing out what is free.
    pub(super) handing_out: bool,
    /// Calls have waited because of the bound on sockets.
    pub(super) has_starved: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// No further calls; those that came before go on.
    Closing,
    Closed,
}

impl<P: Parts> State<P> {
    pub(super) fn new(sockets: Sockets<P::Closer>, idle_limit: Duration, max_idle: usize) -> Self {
        Self {
            locals: Vec::new(),
            sockets,
            last: 0,
            calls: 0,
            phase: Phase::Open,
            idle_limit,
            max_idle,
            handing_out: false,
            has_starved: false,
        }
    }

    /// A number behind all that were given.
    pub(super) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// What belongs to this runtime.
    pub(super) fn local(&mut self, runtime: &Handle) -> &mut Local<P> {
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

    pub(super) fn find(&mut self, runtime: Id) -> Option<&mut Local<P>> {
        self.locals.iter_mut().find(|local| local.runtime.id() == runtime)
    }

    /// What a caller in this runtime can have at once, if no other waits before it.
    pub(super) fn grant_at_once(&mut self, runtime: &Handle) -> Option<Lease<P>> {
        let at = self.at(runtime);
        if self.locals[at].wait_queue.is_empty() { self.grant(at, 1) } else { None }
    }

    /// What one of this many callers without a connection can have at once.
    fn grant(&mut self, at: usize, waiting: usize) -> Option<Lease<P>> {
        if let Some(stream) = self.open_stream(at, u64::MAX) {
            return Some(stream);
        }
        let local = &mut self.locals[at];
        while let Some(connection) = local.idle.take() {
            if let Some(open) = self.sockets.get_mut(connection.socket())
                && !connection.is_closed()
            {
                open.add_call();
                return Some(Lease::Exclusive { connection, reused: true });
            }
        }
        if self.sockets.is_full() || !local.wants_dial(&self.sockets, waiting) {
            return None;
        }
        self.sockets.begin_dial();
        Some(Lease::Dial { probing: local.pending.begin_dial(&self.sockets) })
    }

    fn open_stream(&mut self, at: usize, older_than: u64) -> Option<Lease<P>> {
        let (socket, sender) = self.locals[at].shared.open_stream(older_than)?;
        if let Some(open) = self.sockets.get_mut(socket) {
            open.add_call();
        }
        Some(Lease::Stream { socket, sender, reused: true })
    }

    /// Of the waiting calls that can have anything, the first one, and what it can have.
    pub(super) fn grant_next(&mut self) -> Option<(P::Recipient, Lease<P>)> {
        let mut passed_over = 0;
        while let Some((number, at)) = self.first_after(passed_over) {
            if let Some(lease) = self.grant(at, self.locals[at].wait_queue.len()) {
                let (_, recipient) = self.locals[at].wait_queue.pop()?;
                return Some((recipient, lease));
            }
            passed_over = number;
        }
        self.grant_dialling()
    }

    /// A stream that no waiting call needs, for a call that is still dialling.
    fn grant_dialling(&mut self) -> Option<(P::Recipient, Lease<P>)> {
        for at in 0..self.locals.len() {
            let local = &self.locals[at];
            if !local.dialling.is_empty()
                && local.wait_queue.is_empty()
                && let Some(stream) = self.open_stream(at, u64::MAX)
            {
                let (_, recipient) = self.locals[at].dialling.pop()?;
                return Some((recipient, stream));
            }
        }
        None
    }

    /// A stream that no waiting call of this runtime needs, on a connection older than this one: the new
    /// one is then not needed either.
    pub(super) fn older_stream(&mut self, runtime: &Handle, than: u64) -> Option<Lease<P>> {
        let at = self.at(runtime);
        if self.locals[at].wait_queue.is_empty() { self.open_stream(at, than) } else { None }
    }

    /// Of those who are first in the queue of their runtime, the next after this number.
    fn first_after(&self, number: u64) -> Option<(u64, usize)> {
        let firsts = self.locals.iter().enumerate();
        let firsts = firsts.filter_map(|(at, local)| Some((local.wait_queue.first()?, at)));
        firsts.filter(|(first, _)| *first > number).min()
    }

    /// Takes an unused connection from another runtime, where it keeps a place for which a call waits.
    pub(super) fn evict(&mut self) -> Option<Evicted<P>> {
        if self.locals.len() < 2 {
            return None;
        }
        let mut passed_over = 0;
        while let Some((number, at)) = self.first_after(passed_over) {
            let local = &self.locals[at];
            if local.wants_dial(&self.sockets, local.wait_queue.len())
                && let Some((socket, open)) = self.sockets.evict(local.runtime.id())
            {
                let (closer, task, owner) =
                    (open.closer.clone(), open.task.clone(), open.runtime.id());
                let owner = self.find(owner);
                let (connection, sender) = owner.map_or((None, None), |owner| {
                    let connection = owner.idle.remove(|it| it.socket() == socket);
                    (connection, owner.shared.retire(socket))
                });
                return Some(Evicted { closer, task, _connection: connection, _sender: sender });
            }
            passed_over = number;
        }
        None
    }

    /// Whether a call waits that would dial if there were a place.
    pub(super) fn is_starved(&self) -> bool {
        let waits = |local: &Local<P>| {
            let waiting = local.wait_queue.len();
            waiting > 0 && local.wants_dial(&self.sockets, waiting)
        };
        self.sockets.is_full() && self.locals.iter().any(waits)
    }

    /// Keeps a connection for later; returns it to be closed where it cannot be kept.
    pub(super) fn rest(&mut self, connection: P::Exclusive) -> Option<P::Exclusive> {
        let runtime = self.sockets.get_mut(connection.socket()).map(|open| open.runtime.clone());
        let Some(runtime) = runtime.filter(|_| self.phase != Phase::Closed) else {
            return Some(connection);
        };
        let may_idle = self.may_idle();
        let local = self.local(&runtime);
        // A waiting call takes it before it counts as idle.
        if !may_idle && local.wait_queue.is_empty() {
            return Some(connection);
        }
        local.idle.keep(connection, Instant::now());
        None
    }

    /// A call on a shared connection is over. Returns the connection where it cannot be kept.
    pub(super) fn close_stream(&mut self, socket: u64) -> Option<P::Sender> {
        self.remove_call(socket);
        let runtime = self.sockets.get_mut(socket)?.runtime.clone();
        let (is_closed, may_idle) = (self.phase == Phase::Closed, self.may_idle());
        let may_replace = !self.sockets.is_full();
        let local = self.local(&runtime);
        let keeps = !is_closed && (may_idle || !local.wait_queue.is_empty());
        local.shared.close_stream(socket, Instant::now(), keeps, may_replace)
    }

    /// No further calls of this runtime on this connection.
    #[cfg(feature = "http2")]
    pub(super) fn retire(&mut self, runtime: &Handle, socket: u64) -> Option<P::Sender> {
        self.find(runtime.id())?.shared.retire(socket)
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

    /// A connection is left to its task, which will return it or end.
    pub(super) fn begin_return(&mut self, socket: u64) {
        if let Some(open) = self.sockets.get_mut(socket) {
            open.returning = true;
            let runtime = open.runtime.clone();
            self.local(&runtime).pending.begin_return();
        }
    }

    /// It has returned, or is not waited for any longer.
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

/// A connection that is taken from its runtime, to be closed when the lock is free.
pub(super) struct Evicted<P: Parts> {
    closer: P::Closer,
    task: Option<AbortHandle>,
    _connection: Option<P::Exclusive>,
    _sender: Option<P::Sender>,
}

impl<P: Parts> Evicted<P> {
    pub(super) fn close(self) {
        self.closer.close();
        if let Some(task) = self.task {
            task.abort();
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use tokio::runtime::Builder;

    use super::super::parts::{Close, Exclusive, Recipient, Sender};
    use super::super::socket_limit::HttpVersion;
    use super::*;

    /// Things of which the state needs no more than their numbers.
    pub(in super::super) struct Numbers;

    #[derive(Clone)]
    pub(in super::super) struct Number(pub(in super::super) u64);

    impl Parts for Numbers {
        type Exclusive = Number;
        type Sender = Number;
        type Closer = Number;
        type Recipient = Number;
    }

    impl Exclusive for Number {
        fn socket(&self) -> u64 {
            self.0
        }

        fn is_closed(&self) -> bool {
            false
        }
    }

    impl Sender for Number {
        fn is_usable(&self) -> bool {
            true
        }
    }

    impl Close for Number {
        fn close(&self) {}
    }

    impl Recipient<Numbers> for Number {
        fn give(self, _: Lease<Numbers>) {}
    }

    fn state(max: usize, max_idle: usize) -> State<Numbers> {
        State::new(Sockets::new(max, HttpVersion::Http1), Duration::from_secs(9), max_idle)
    }

    #[test]
    fn runtimes_that_have_ended_leave_nothing_behind() {
        let mut state = state(9, 9);
        for _ in 0..50 {
            let runtime = Builder::new_current_thread().build().expect("a runtime");
            let lease = state.grant_at_once(runtime.handle());
            assert!(matches!(lease, Some(Lease::Dial { probing: false })));
            state.sockets.abandon_dial();
        }
        assert_eq!(state.locals.len(), 1);
    }

    #[test]
    fn a_call_that_still_waits_for_a_dial_of_its_own_is_not_forgotten() {
        let one = Builder::new_current_thread().build().expect("a runtime");
        let two = Builder::new_current_thread().build().expect("a runtime");
        let mut state = state(9, 9);
        state.local(one.handle()).dialling.push(1, Number(77));
        state.local(two.handle());
        let waiting = state.local(one.handle()).dialling.remove(1);
        assert!(waiting.is_some(), "another runtime has come meanwhile");
    }

    #[test]
    fn a_connection_too_many_to_be_idle_is_kept_only_for_a_waiting_call() {
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let runtime = runtime.handle();
        let mut state = state(1, 0);
        assert!(state.grant_at_once(runtime).is_some());
        let socket = state.sockets.opened(runtime.clone(), Number(0));
        assert!(state.rest(Number(socket)).is_some(), "nobody waits for it");
        state.local(runtime).wait_queue.push(1, Number(77));
        assert!(state.rest(Number(socket)).is_none());
        let (waiting, lease) = state.grant_next().expect("it is free");
        assert!(matches!(lease, Lease::Exclusive { connection: Number(1), reused: true }));
        assert_eq!((waiting.0, state.grant_next().is_none()), (77, true));
    }
}
