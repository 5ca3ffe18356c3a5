//! What the state of a pool needs of the things it manages, and what it hands out.
//!
//! The state decides who gets what. It does that without knowing HTTP, tasks or channels, so that the
//! rules stand alone and the files about connections import them, and not the other way round.

/// The things that one kind of pool manages.
pub(super) trait Parts: Sized + 'static {
    /// A connection that one call at a time uses.
    type Exclusive: Exclusive + Send;
    /// What requests are sent by on a connection that many calls share.
    type Sender: Sender + Send;
    /// Closes a socket without its owner.
    type Closer: Close + Clone + Send;
    /// Where a waiting call receives what it is given.
    type Recipient: Recipient<Self> + Send;
}

pub(super) trait Exclusive {
    /// The number of its socket.
    fn socket(&self) -> u64;

    fn is_closed(&self) -> bool;
}

pub(super) trait Sender: Clone {
    /// Whether its connection takes further requests at all.
    fn is_usable(&self) -> bool;

    /// A call begins to wait for what comes on its connection.
    fn begin_wait(&self) {}

    /// Whether nothing came for so long that the connection is taken for dead.
    fn is_silent(&self) -> bool {
        false
    }
}

/// Without HTTP/2 there is no shared connection.
#[cfg(not(feature = "http2"))]
#[derive(Clone)]
pub(super) enum Never {}

#[cfg(not(feature = "http2"))]
impl Sender for Never {
    fn is_usable(&self) -> bool {
        match *self {}
    }
}

pub(super) trait Close {
    fn close(&self);
}

pub(super) trait Recipient<P: Parts> {
    /// Gives the call what it waited for. A call that leaves at this moment gives it back.
    fn give(self, lease: Lease<P>);
}

/// What a call holds of a pool.
pub(super) enum Lease<P: Parts> {
    Nothing,
    /// A place among the sockets, to dial. `probing`: others wait for what this dial finds.
    Dial {
        probing: bool,
    },
    /// The place has gone over to the socket, whose protocol is being negotiated.
    Handshake {
        probing: bool,
    },
    /// A connection for this call alone. `reused`: it has carried a call before, and may be stale.
    Exclusive {
        connection: P::Exclusive,
        reused: bool,
    },
    /// A stream of a shared connection. `reused`: others may have had streams on it before.
    Stream {
        /// The number of the connection's socket.
        socket: u64,
        sender: P::Sender,
        reused: bool,
    },
}
