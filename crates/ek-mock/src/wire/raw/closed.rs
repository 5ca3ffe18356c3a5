//! How a connection ended, and which I/O error means which end.

use std::io;

/// How a connection ended, seen from the server.
///
/// A client that drops its socket while bytes of the answer are unread makes its kernel send a reset
/// in place of an orderly end, so [`Closed::Reset`] need not mean that somebody asked for one. Where
/// a test does not care, [`Closed::is_by_peer`] covers both.
///
/// ```
/// use ek_mock::wire::{Closed, Connection, RawServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let server = RawServer::start(Connection::new().stall()).await;
/// drop(tokio::net::TcpStream::connect(server.addr()).await?);
/// assert_eq!(server.wait_closed(0).await, Closed::ByPeer);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Closed {
    /// The peer closed in order (FIN), with or without a TLS `close_notify`.
    ByPeer,
    /// The peer reset the connection, or was gone when the server wrote to it.
    Reset,
    /// The script ended it, or the server was stopped.
    ByServer,
}

impl Closed {
    /// Whether the peer ended the connection, in order or by a reset.
    pub fn is_by_peer(self) -> bool {
        match self {
            Self::ByPeer | Self::Reset => true,
            Self::ByServer => false,
        }
    }

    /// Reads the end of a connection from the error that reported it.
    pub(super) fn from_error(error: &io::Error) -> Self {
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match tls {
            // The peer said goodbye with an alert: it refused the certificate, for instance.
            Some(rustls::Error::AlertReceived(_)) => Self::ByPeer,
            // It was this side that could not go on.
            Some(_) => Self::ByServer,
            // TLS without a close_notify.
            None if error.kind() == io::ErrorKind::UnexpectedEof => Self::ByPeer,
            None => Self::Reset,
        }
    }
}

/// How a connection came to its end, for the owner of the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) struct Ending {
    pub(in crate::wire) closed: Closed,
    /// The stream is to be dropped with a reset, which only its owner can do.
    pub(in crate::wire) reset: bool,
}

impl From<Closed> for Ending {
    fn from(closed: Closed) -> Self {
        Self { closed, reset: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_the_peers_end_and_any_other_tls_error_is_ours() {
        let wrap = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        let alert = rustls::AlertDescription::UnknownCA;
        for (error, closed) in [
            (wrap(rustls::Error::AlertReceived(alert)), Closed::ByPeer),
            (wrap(rustls::Error::NoCertificatesPresented), Closed::ByServer),
            (io::ErrorKind::UnexpectedEof.into(), Closed::ByPeer),
            (io::ErrorKind::ConnectionReset.into(), Closed::Reset),
            (io::ErrorKind::BrokenPipe.into(), Closed::Reset),
        ] {
            assert_eq!(Closed::from_error(&error), closed, "{error:?}");
            assert_eq!(closed.is_by_peer(), closed != Closed::ByServer);
        }
    }
}
