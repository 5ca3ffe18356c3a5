//! Which sockets there are, which runtime owns them, and whether one more may be opened (`max_connections`). Pure: no IO, no clock.
//!
//! A socket counts from the moment its dialling begins until it is closed, and not only while a call uses
//! it: the bound is one on sockets. It is one bound for all runtimes, so it stands apart from what each
//! runtime has to itself.

use std::collections::BTreeMap;

use tokio::runtime::{Handle, Id};
use tokio::task::AbortHandle;

use super::streams::BEFORE_SETTINGS;

/// What the origin speaks, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HttpVersion {
    /// Only a handshake will tell.
    Unknown,
    /// One call for each connection: a caller without one dials.
    Http1,
    /// Many calls share a connection, so that few dials serve all.
    #[cfg_attr(not(feature = "http2"), allow(dead_code, reason = "nothing but tests leads to it"))]
    Http2,
}

/// The sockets of a pool. `C` is what closes one.
#[derive(Debug)]
pub(super) struct Sockets<C> {
    max: usize,
    protocol: HttpVersion,
    /// How many streams a connection carries, as the last one has said.
    streams: usize,
    /// Places that are taken by dials which have no socket yet.
    dials: usize,
    open: BTreeMap<u64, Open<C>>,
    /// The number of the newest one.
    last: u64,
}

/// A socket that is open.
#[derive(Debug)]
pub(super) struct Open<C> {
    /// What drives it.
    pub(super) runtime: Handle,
    pub(super) closer: C,
    /// The task that owns it, as soon as there is one.
    pub(super) task: Option<AbortHandle>,
    /// Calls that use it.
    calls: usize,
    /// It will be free, or gone, as soon as its task has run; callers of its runtime wait for that.
    pub(super) returning: bool,
    /// It is about to be closed for a caller of another runtime.
    evicted: bool,
}

impl<C> Sockets<C> {
    pub(super) fn new(max: usize, protocol: HttpVersion) -> Self {
        Self { max, protocol, streams: BEFORE_SETTINGS, dials: 0, open: BTreeMap::new(), last: 0 }
    }

    /// How many there may be.
    pub(super) fn max(&self) -> usize {
        self.max
    }

    pub(super) fn is_full(&self) -> bool {
        self.dials + self.open.len() >= self.max
    }

    pub(super) fn is_empty(&self) -> bool {
        self.dials + self.open.len() == 0
    }

    /// Whether a call of this runtime uses a socket, or has left one to its task.
    pub(super) fn are_in_use(&self, runtime: Id) -> bool {
        let is_in_use = |open: &Open<C>| open.calls > 0 || open.returning;
        self.open.values().any(|open| open.runtime.id() == runtime && is_in_use(open))
    }

    /// A dial takes a place.
    pub(super) fn begin_dial(&mut self) {
        self.dials += 1;
    }

    /// A dial has failed, or was abandoned.
    pub(super) fn abandon_dial(&mut self) {
        self.dials -= 1;
    }

    /// A dial has become a socket, which the call that dialled uses.
    pub(super) fn opened(&mut self, runtime: Handle, closer: C) -> u64 {
        self.dials -= 1;
        self.last += 1;
        let open = Open { runtime, closer, task: None, calls: 1, returning: false, evicted: false };
        self.open.insert(self.last, open);
        self.last
    }

    /// A socket is closed.
    pub(super) fn closed(&mut self, id: u64) -> Option<Open<C>> {
        self.open.remove(&id)
    }

    pub(super) fn protocol(&self) -> HttpVersion {
        self.protocol
    }

    /// A handshake has shown what the origin speaks: the best guess for the next dial as well.
    pub(super) fn set_protocol(&mut self, protocol: HttpVersion) {
        self.protocol = protocol;
    }

    /// How many calls a new connection over HTTP/2 is expected to carry; at least 1.
    pub(super) fn streams(&self) -> usize {
        self.streams
    }

    #[cfg_attr(not(feature = "http2"), allow(dead_code, reason = "no connection is shared"))]
    pub(super) fn set_streams(&mut self, streams: usize) {
        self.streams = streams.max(1);
    }

    /// Whether no socket is open, though some may be dialled.
    pub(super) fn is_nothing_open(&self) -> bool {
        self.open.is_empty()
    }

    /// One that is there to stay: neither closed nor about to be.
    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Open<C>> {
        self.open.get_mut(&id).filter(|open| !open.evicted)
    }

    /// Chooses a socket that no call uses and that callers of this runtime cannot have, to be closed for
    /// them. One at a time: as soon as it is closed there is a place again.
    pub(super) fn evict(&mut self, for_runtime: Id) -> Option<(u64, &mut Open<C>)> {
        if !self.is_full() || self.open.values().any(|open| open.evicted) {
            return None;
        }
        let is_spare = |open: &Open<C>| open.calls == 0 && open.runtime.id() != for_runtime;
        let (id, open) = self.open.iter_mut().find(|(_, open)| is_spare(open))?;
        open.evicted = true;
        Some((*id, open))
    }
}

impl<C> Open<C> {
    /// A call begins to use it.
    pub(super) fn add_call(&mut self) {
        self.calls += 1;
    }

    /// A call uses it no longer.
    pub(super) fn remove_call(&mut self) {
        self.calls -= 1;
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().build().expect("a runtime")
    }

    fn sockets(max: usize) -> Sockets<()> {
        Sockets::new(max, HttpVersion::Http1)
    }

    #[test]
    fn no_more_are_dialled_than_there_may_be() {
        let mut sockets = sockets(2);
        let runtime = runtime();
        sockets.begin_dial();
        let id = sockets.opened(runtime.handle().clone(), ());
        sockets.begin_dial();
        assert!(sockets.is_full());
        sockets.abandon_dial();
        assert!(!sockets.is_full() && sockets.closed(id).is_some() && sockets.is_empty());
        assert!(sockets.closed(id).is_none(), "a place is given back once");
    }

    #[test]
    fn a_socket_is_evicted_for_another_runtime_where_no_call_uses_it_and_none_is_free() {
        let (one, two) = (runtime(), runtime());
        let mut sockets = sockets(2);
        sockets.begin_dial();
        let first = sockets.opened(one.handle().clone(), ());
        sockets.get_mut(first).expect("open").remove_call();
        assert!(sockets.evict(two.handle().id()).is_none(), "there is a place");
        sockets.begin_dial();
        let second = sockets.opened(one.handle().clone(), ());
        assert!(sockets.evict(one.handle().id()).is_none(), "its own runtime can have it");
        let evicted = sockets.evict(two.handle().id()).map(|(id, _)| id);
        assert_eq!(evicted, Some(first), "the other one is used");
        assert!(sockets.get_mut(first).is_none() && sockets.is_full());
        sockets.get_mut(second).expect("open").remove_call();
        assert!(sockets.evict(two.handle().id()).is_none(), "one at a time");
        sockets.closed(first);
        assert!(!sockets.is_full());
    }
}
