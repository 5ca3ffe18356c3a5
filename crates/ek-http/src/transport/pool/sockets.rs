//! How many sockets there are, and whether one more may be opened. Pure: no IO, no clock.
//!
//! A socket counts from the moment its dialling begins until it is closed, whatever it is used for.

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

#[derive(Debug)]
pub(super) struct Sockets {
    most: usize,
    open: usize,
    protocol: Protocol,
    /// A dial is under way for whose outcome the others wait.
    deciding: bool,
    /// Connections that will be free, or gone, as soon as their task has run.
    coming_back: usize,
}

impl Sockets {
    pub(super) fn new(most: usize, protocol: Protocol) -> Self {
        Self { most, open: 0, protocol, deciding: false, coming_back: 0 }
    }

    /// Whether the first of this many callers without a connection is to dial.
    pub(super) fn may_dial(&self, waiting: usize) -> bool {
        let others_dial = self.protocol != Protocol::Http1 && self.deciding;
        !self.is_full() && waiting > self.coming_back && !others_dial
    }

    /// A dial begins; true if the others wait for what it finds.
    pub(super) fn dial(&mut self) -> bool {
        self.open += 1;
        let decides = self.protocol != Protocol::Http1;
        self.deciding |= decides;
        decides
    }

    /// A handshake told what the origin speaks: the best guess for the next dial as well.
    pub(super) fn found(&mut self, protocol: Protocol, decides: bool) {
        self.gave_up(decides);
        self.protocol = protocol;
    }

    /// A dial found nothing; if the others waited for it, the next one dials.
    pub(super) fn gave_up(&mut self, decides: bool) {
        self.deciding &= !decides;
    }

    /// A socket is closed, or its dialling was given up.
    pub(super) fn closed(&mut self) {
        self.open -= 1;
    }

    pub(super) fn is_full(&self) -> bool {
        self.open >= self.most
    }

    pub(super) fn is_none_open(&self) -> bool {
        self.open == 0
    }

    pub(super) fn comes_back(&mut self) {
        self.coming_back += 1;
    }

    pub(super) fn came_back(&mut self) {
        self.coming_back -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_dialled_than_there_may_be() {
        let mut sockets = Sockets::new(2, Protocol::Http1);
        assert!(!sockets.dial() && !sockets.dial(), "HTTP/1 dials beside one another");
        assert!(!sockets.may_dial(9));
        sockets.closed();
        assert!(sockets.may_dial(1));
        sockets.closed();
        assert!(sockets.is_none_open());
    }

    #[test]
    fn an_unknown_protocol_is_asked_for_by_one_dial() {
        let mut sockets = Sockets::new(9, Protocol::Unknown);
        assert!(sockets.dial(), "the first one decides");
        assert!(!sockets.may_dial(9));
        sockets.found(Protocol::Http1, true);
        assert!(sockets.may_dial(9) && !sockets.dial() && sockets.may_dial(8));
    }

    #[test]
    fn http2_is_dialled_one_at_a_time() {
        let mut sockets = Sockets::new(9, Protocol::Http2);
        assert!(sockets.dial() && !sockets.may_dial(9));
        sockets.gave_up(true);
        assert!(sockets.may_dial(9), "given up: the next one may");
    }

    #[test]
    fn a_connection_that_comes_back_saves_a_dial() {
        let mut sockets = Sockets::new(9, Protocol::Http1);
        sockets.dial();
        sockets.comes_back();
        assert!(!sockets.may_dial(1) && sockets.may_dial(2));
        sockets.came_back();
        assert!(sockets.may_dial(1));
    }
}
