//! Which sockets there are, whose they are, and whether one more may be opened. Pure: no IO, no clock.
//!
//! A socket counts from the moment its dialling begins until it is closed, whatever it is used for.

use std::collections::BTreeMap;

use tokio::runtime::{Handle, Id};

/// What the origin speaks, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Only a handshake will tell.
    Unknown,
    /// One call for each connection: whoever needs one dials.
    Http1,
    /// Many calls share a connection, so that there is one dial at a time.
    #[cfg_attr(not(feature = "http2"), allow(dead_code, reason = "nothing but tests leads to it"))]
    Http2,
}

/// The sockets of a pool. `C` is what closes one.
#[derive(Debug)]
pub(super) struct Sockets<C> {
    most: usize,
    protocol: Protocol,
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
    /// Calls that use it.
    calls: usize,
    /// It will be free, or gone, as soon as its task has run; callers of its runtime wait for that.
    pub(super) returning: bool,
    /// It is about to be closed for a caller of another runtime.
    evicted: bool,
}

impl<C> Sockets<C> {
    pub(super) fn new(most: usize, protocol: Protocol) -> Self {
        Self { most, protocol, dials: 0, open: BTreeMap::new(), last: 0 }
    }

    pub(super) fn is_full(&self) -> bool {
        self.dials + self.open.len() >= self.most
    }

    pub(super) fn is_none_open(&self) -> bool {
        self.dials + self.open.len() == 0
    }

    /// A dial takes a place.
    pub(super) fn dial(&mut self) {
        self.dials += 1;
    }

    /// A dial has found nothing, or was given up.
    pub(super) fn abandon_dial(&mut self) {
        self.dials -= 1;
    }

    /// A dial has become a socket, which the call that dialled uses.
    pub(super) fn opened(&mut self, runtime: Handle, closer: C) -> u64 {
        self.dials -= 1;
        self.last += 1;
        let open = Open { runtime, closer, calls: 1, returning: false, evicted: false };
        self.open.insert(self.last, open);
        self.last
    }

    /// A socket is closed.
    pub(super) fn closed(&mut self, id: u64) -> Option<Open<C>> {
        self.open.remove(&id)
    }

    /// A handshake has shown what the origin speaks: the best guess for the next dial as well.
    pub(super) fn found(&mut self, protocol: Protocol) {
        self.protocol = protocol;
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

/// What callers of one runtime had better wait for than dial.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// A dial is under way for whose outcome the others wait.
    probing: bool,
    /// Connections that will be free, or gone, as soon as their task has run.
    returning: usize,
}

impl Pending {
    /// Whether the first of this many callers without a connection is to dial, if there is a place.
    pub(super) fn allow_dial<C>(&self, sockets: &Sockets<C>, waiting: usize) -> bool {
        let others_dial = sockets.protocol != Protocol::Http1 && self.probing;
        waiting > self.returning && !others_dial
    }

    /// A dial begins; true if the others wait for what it finds.
    pub(super) fn dial<C>(&mut self, sockets: &Sockets<C>) -> bool {
        let probing = sockets.protocol != Protocol::Http1;
        self.probing |= probing;
        probing
    }

    /// A dial is over; if it found nothing and the others waited for it, the next one dials.
    pub(super) fn dialled(&mut self, probing: bool) {
        self.probing &= !probing;
    }

    pub(super) fn begin_return(&mut self) {
        self.returning += 1;
    }

    pub(super) fn end_return(&mut self) {
        self.returning -= 1;
    }

    pub(super) fn are_none(&self) -> bool {
        !self.probing && self.returning == 0
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().build().expect("a runtime")
    }

    fn sockets(most: usize, protocol: Protocol) -> (Sockets<()>, Pending) {
        (Sockets::new(most, protocol), Pending::default())
    }

    #[test]
    fn no_more_are_dialled_than_there_may_be() {
        let (mut sockets, mut pending) = sockets(2, Protocol::Http1);
        assert!(!pending.dial(&sockets), "HTTP/1 dials beside one another");
        let runtime = runtime();
        sockets.dial();
        let id = sockets.opened(runtime.handle().clone(), ());
        sockets.dial();
        assert!(sockets.is_full());
        sockets.abandon_dial();
        assert!(!sockets.is_full() && sockets.closed(id).is_some() && sockets.is_none_open());
        assert!(sockets.closed(id).is_none(), "a place is given back once");
    }

    #[test]
    fn an_unknown_protocol_is_asked_for_by_one_dial() {
        let (mut sockets, mut pending) = sockets(9, Protocol::Unknown);
        assert!(pending.dial(&sockets), "the first one probing");
        assert!(!pending.allow_dial(&sockets, 9));
        assert!(Pending::default().allow_dial(&sockets, 9), "for those of its own runtime");
        sockets.found(Protocol::Http1);
        pending.dialled(true);
        assert!(!pending.dial(&sockets) && pending.allow_dial(&sockets, 8));
    }

    #[test]
    fn http2_is_dialled_one_at_a_time() {
        let (sockets, mut pending) = sockets(9, Protocol::Http2);
        assert!(pending.dial(&sockets) && !pending.allow_dial(&sockets, 9));
        pending.dialled(true);
        assert!(pending.allow_dial(&sockets, 9), "given up: the next one may");
    }

    #[test]
    fn a_connection_that_comes_back_saves_a_dial() {
        let (sockets, mut pending) = sockets(9, Protocol::Http1);
        pending.begin_return();
        assert!(!pending.allow_dial(&sockets, 1) && pending.allow_dial(&sockets, 2));
        pending.end_return();
        assert!(pending.allow_dial(&sockets, 1) && pending.are_none());
    }

    #[test]
    fn a_socket_is_evicted_for_another_runtime_where_no_call_uses_it_and_none_is_free() {
        let (one, two) = (runtime(), runtime());
        let (mut sockets, _) = sockets(2, Protocol::Http1);
        sockets.dial();
        let first = sockets.opened(one.handle().clone(), ());
        sockets.get_mut(first).expect("open").remove_call();
        assert!(sockets.evict(two.handle().id()).is_none(), "there is a place");
        sockets.dial();
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
