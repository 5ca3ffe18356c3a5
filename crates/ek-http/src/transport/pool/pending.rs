//! What callers of one runtime should wait for rather than dial. Pure: no IO, no clock.
//!
//! A dial to a server that speaks HTTP/2 serves many calls, and one to a server of unknown protocol may.
//! So the calls beside it wait for what it finds, as long as it can serve them all.

use super::socket_limit::{HttpVersion, Sockets};
use super::streams::BEFORE_SETTINGS;

/// How many dials run side by side at most while the protocol is unknown. Over HTTP/1 each of them serves
/// a call.
const MAX_PROBES: usize = 8;

/// How many of them are too many if the server speaks HTTP/2 with the usual limit of streams.
const MAX_SPARE: usize = 2;

#[derive(Debug, Default)]
pub(super) struct Pending {
    /// Dials under way whose connections other calls may share.
    probes: usize,
    /// One of them has failed, and none has succeeded since.
    failing: bool,
    /// Connections that will be free, or gone, as soon as their task has run.
    returning: usize,
}

impl Pending {
    /// Whether the first of this many callers without a connection is to dial, if there is a place.
    pub(super) fn allow_dial<C>(&self, sockets: &Sockets<C>, waiting: usize) -> bool {
        let served_by_probes = match sockets.protocol() {
            HttpVersion::Http1 => 0,
            // A server that cannot be reached is not dialled by one call after the other.
            _ if self.failing => usize::MAX,
            HttpVersion::Unknown if self.probes < self.max_probes(waiting) => 0,
            HttpVersion::Unknown => usize::MAX,
            // Each serves the call that dials as well.
            HttpVersion::Http2 => self.probes.saturating_mul(sockets.streams() - 1),
        };
        waiting > self.returning.saturating_add(served_by_probes)
    }

    fn max_probes(&self, waiting: usize) -> usize {
        let needed = (waiting + self.probes).div_ceil(BEFORE_SETTINGS);
        MAX_PROBES.min(needed + MAX_SPARE)
    }

    /// A dial begins; true if other calls may share what it finds.
    pub(super) fn begin_dial<C>(&mut self, sockets: &Sockets<C>) -> bool {
        let probing = sockets.protocol() != HttpVersion::Http1;
        self.probes += usize::from(probing);
        probing
    }

    /// A dial is over, with a connection or without.
    pub(super) fn end_dial(&mut self, probing: bool) {
        self.probes -= usize::from(probing);
        self.failing &= self.probes > 0;
    }

    /// A dial has failed, and no connection is open: no further one begins until those under way end.
    pub(super) fn dial_failed(&mut self) {
        self.failing = self.probes > 0;
    }

    pub(super) fn dial_succeeded(&mut self) {
        self.failing = false;
    }

    pub(super) fn begin_return(&mut self) {
        self.returning += 1;
    }

    pub(super) fn end_return(&mut self) {
        self.returning -= 1;
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.probes == 0 && self.returning == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sockets(protocol: HttpVersion) -> (Sockets<()>, Pending) {
        (Sockets::new(99, protocol), Pending::default())
    }

    /// How many dials this many callers begin at once.
    fn dials(sockets: &Sockets<()>, pending: &mut Pending, mut waiting: usize) -> usize {
        let mut dials = 0;
        while waiting > 0 && pending.allow_dial(sockets, waiting) {
            pending.begin_dial(sockets);
            (dials, waiting) = (dials + 1, waiting - 1);
        }
        dials
    }

    #[test]
    fn an_unknown_protocol_is_asked_for_by_a_few_dials() {
        let (mut sockets, mut pending) = sockets(HttpVersion::Unknown);
        assert_eq!(dials(&sockets, &mut pending, 2), 2);
        assert_eq!(dials(&sockets, &mut pending, 98), 1, "two may be spare");
        assert_eq!(dials(&sockets, &mut pending, 298), 3);
        assert_eq!(dials(&sockets, &mut pending, 9_999), 2, "eight in all");
        assert!(Pending::default().allow_dial(&sockets, 9), "for those of its own runtime");
        sockets.set_protocol(HttpVersion::Http1);
        pending.end_dial(true);
        assert!(!pending.begin_dial(&sockets) && pending.allow_dial(&sockets, 8));
    }

    #[test]
    fn http1_is_dialled_by_every_caller() {
        let (sockets, mut pending) = sockets(HttpVersion::Http1);
        assert_eq!(dials(&sockets, &mut pending, 50), 50);
    }

    #[test]
    fn http2_is_dialled_as_often_as_the_streams_of_the_waiting_calls_need() {
        let (mut sockets, mut pending) = sockets(HttpVersion::Http2);
        assert_eq!(dials(&sockets, &mut pending, 100), 1, "the usual limit");
        assert_eq!(dials(&sockets, &mut pending, 99), 0);
        sockets.set_streams(10);
        assert_eq!(dials(&sockets, &mut pending, 39), 3, "one is under way");
        sockets.set_streams(1);
        assert_eq!(dials(&sockets, &mut pending, 5), 5);
        let mut pending = Pending::default();
        sockets.set_streams(usize::MAX);
        assert_eq!(dials(&sockets, &mut pending, 9_999), 1);
    }

    #[test]
    fn after_a_failure_no_dial_begins_until_those_under_way_have_ended() {
        let (sockets, mut pending) = sockets(HttpVersion::Unknown);
        assert_eq!(dials(&sockets, &mut pending, 3), 3);
        pending.end_dial(true);
        pending.dial_failed();
        assert!(!pending.allow_dial(&sockets, 5));
        pending.dial_succeeded();
        assert!(pending.allow_dial(&sockets, 5), "there is a server");
        pending.dial_failed();
        pending.end_dial(true);
        pending.end_dial(true);
        assert!(pending.allow_dial(&sockets, 5) && pending.is_nothing());
    }

    #[test]
    fn a_connection_that_returns_saves_a_dial() {
        let (sockets, mut pending) = sockets(HttpVersion::Http1);
        pending.begin_return();
        assert!(!pending.allow_dial(&sockets, 1) && pending.allow_dial(&sockets, 2));
        pending.end_return();
        assert!(pending.allow_dial(&sockets, 1) && pending.is_nothing());
    }
}
