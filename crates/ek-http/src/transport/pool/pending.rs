//! What callers of one runtime should wait for rather than dial. Pure: no IO, no clock.

use super::sockets::{Protocol, Sockets};

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
        let others_dial = sockets.protocol() != Protocol::Http1 && self.probing;
        waiting > self.returning && !others_dial
    }

    /// A dial begins; true if the others wait for what it finds.
    pub(super) fn begin_dial<C>(&mut self, sockets: &Sockets<C>) -> bool {
        let probing = sockets.protocol() != Protocol::Http1;
        self.probing |= probing;
        probing
    }

    /// A dial is over; if it found nothing and the others waited for it, the next one dials.
    pub(super) fn end_dial(&mut self, probing: bool) {
        self.probing &= !probing;
    }

    pub(super) fn begin_return(&mut self) {
        self.returning += 1;
    }

    pub(super) fn end_return(&mut self) {
        self.returning -= 1;
    }

    pub(super) fn is_nothing(&self) -> bool {
        !self.probing && self.returning == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sockets(protocol: Protocol) -> (Sockets<()>, Pending) {
        (Sockets::new(9, protocol), Pending::default())
    }

    #[test]
    fn an_unknown_protocol_is_asked_for_by_one_dial() {
        let (mut sockets, mut pending) = sockets(Protocol::Unknown);
        assert!(pending.begin_dial(&sockets), "the first one probes");
        assert!(!pending.allow_dial(&sockets, 9));
        assert!(Pending::default().allow_dial(&sockets, 9), "for those of its own runtime");
        sockets.set_protocol(Protocol::Http1);
        pending.end_dial(true);
        assert!(!pending.begin_dial(&sockets) && pending.allow_dial(&sockets, 8));
    }

    #[test]
    fn http1_is_dialled_side_by_side() {
        let (sockets, mut pending) = sockets(Protocol::Http1);
        assert!(!pending.begin_dial(&sockets) && pending.allow_dial(&sockets, 1));
    }

    #[test]
    fn http2_is_dialled_one_at_a_time() {
        let (sockets, mut pending) = sockets(Protocol::Http2);
        assert!(pending.begin_dial(&sockets) && !pending.allow_dial(&sockets, 9));
        pending.end_dial(true);
        assert!(pending.allow_dial(&sockets, 9), "abandoned: the next one may");
    }

    #[test]
    fn a_connection_that_returns_saves_a_dial() {
        let (sockets, mut pending) = sockets(Protocol::Http1);
        pending.begin_return();
        assert!(!pending.allow_dial(&sockets, 1) && pending.allow_dial(&sockets, 2));
        pending.end_return();
        assert!(pending.allow_dial(&sockets, 1) && pending.is_nothing());
    }
}
