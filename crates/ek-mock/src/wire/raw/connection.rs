//! What a server does on one connection, as a list of steps that a test can read from top to bottom.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::RawRequest;
use super::step::Step;

/// The steps of one connection, done in order.
///
/// A script that runs out of steps ends like [`fin`](Self::fin). Whenever the peer ends the
/// connection first, the rest of the steps is left out and the end recorded.
///
/// ```
/// use ek_mock::wire::{Connection, response};
///
/// // Keep-alive: answers every request until the peer closes.
/// let healthy = Connection::new()
///     .read_request()
///     .write(response(200, &[("content-type", "application/json")], "{}"))
///     .repeat();
///
/// // Promises ten bytes, sends four, resets.
/// let broken = Connection::new()
///     .read_request()
///     .write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n")
///     .write("four")
///     .rst();
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Connection {
    pub(super) steps: Vec<Step>,
    pub(super) strict: bool,
    pub(super) without_handshake: bool,
}

impl Connection {
    /// A connection that is closed as soon as it is accepted, until steps are added.
    pub fn new() -> Self {
        Self::default()
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Reads one request, head and body (by content-length or chunked), and records it.
    ///
    /// The peer may close before the first byte of it or in the middle: the first is how keep-alive
    /// ends, the second is listed in [`RawServer::incomplete_requests`]. Something that is no
    /// HTTP/1 request at all is a failure of the script; a server that expects such uses
    /// [`read_some`](Self::read_some).
    ///
    /// [`RawServer::incomplete_requests`]: super::RawServer::incomplete_requests
    pub fn read_request(self) -> Self {
        self.then(Step::ReadRequest)
    }

    /// Makes half a request a failure, raised when the server is dropped. For every step of this
    /// connection, in front of this call or behind it.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Waits for bytes and takes what there is, at most `most` bytes, without parsing: to answer
    /// while an upload is under way, or to speak another protocol. See [`RawServer::unparsed`].
    ///
    /// [`RawServer::unparsed`]: super::RawServer::unparsed
    pub fn read_some(self, most: usize) -> Self {
        self.then(Step::ReadSome(most))
    }

    /// Waits for exactly `count` bytes and takes them, without parsing.
    pub fn read_exactly(self, count: usize) -> Self {
        self.then(Step::ReadExactly(count))
    }

    /// Writes and flushes the bytes.
    pub fn write(self, bytes: impl AsRef<[u8]>) -> Self {
        self.then(Step::Write(bytes.as_ref().into()))
    }

    /// Writes and flushes every piece for itself, without Nagle's delay, and lets other tasks run in
    /// between. A client on the same single-threaded runtime reads piece by piece; otherwise the
    /// kernel may still join pieces that nobody has read yet.
    pub fn write_pieces<I>(self, pieces: I) -> Self
    where
        I: IntoIterator<Item: AsRef<[u8]>>,
    {
        let pieces = pieces.into_iter().map(|piece| piece.as_ref().to_vec());
        self.then(Step::WritePieces(pieces.collect()))
    }

    /// Writes piece by piece with a pause after each: the slow server that never stalls.
    pub fn write_every<I>(self, interval: Duration, pieces: I) -> Self
    where
        I: IntoIterator<Item: AsRef<[u8]>>,
    {
        pieces.into_iter().fold(self, |script, piece| script.write(piece).pause(interval))
    }

    /// Writes the same bytes this number of times, without holding them more than once.
    pub fn write_times(self, bytes: impl AsRef<[u8]>, times: u64) -> Self {
        self.then(Step::WriteTimes(bytes.as_ref().into(), Some(times)))
    }

    /// Writes the same bytes until the peer is gone: the body without an end.
    pub fn write_endlessly(self, bytes: impl AsRef<[u8]>) -> Self {
        self.then(Step::WriteTimes(bytes.as_ref().into(), None))
    }

    /// Writes what the closure makes of the request that was read last on this connection.
    ///
    /// ```
    /// use ek_mock::wire::{Connection, response};
    ///
    /// let echo = Connection::new()
    ///     .read_request()
    ///     .respond(|request| response(200, &[], &request.body))
    ///     .repeat();
    /// ```
    pub fn respond<F>(self, answer: F) -> Self
    where
        F: Fn(&RawRequest) -> Vec<u8> + Send + Sync + 'static,
    {
        self.choose(move |request| Self::new().write(answer(request)))
    }

    /// Goes on with the steps that the closure makes of the request that was read last, then with
    /// the rest of this script. Of the chosen connection only the steps count.
    pub fn choose<F>(self, steps: F) -> Self
    where
        F: Fn(&RawRequest) -> Self + Send + Sync + 'static,
    {
        self.then(Step::Choose(Arc::new(steps)))
    }

    /// Does nothing for so long, on tokio's clock. Nothing is read meanwhile: an upload backs up,
    /// and that the peer has closed is seen by the next step. To see it at once use
    /// [`stall`](Self::stall).
    pub fn pause(self, duration: Duration) -> Self {
        self.then(Step::Pause(duration))
    }

    /// Carries bytes to and from another server until both sides have ended: the second half of a
    /// proxy, after its `CONNECT` or SOCKS answer has been written.
    pub fn tunnel(self, to: SocketAddr) -> Self {
        self.then(Step::Tunnel(to))
    }

    /// Ends the server's direction only (`close_notify` and FIN). With [`stall`](Self::stall) behind
    /// it this is the lingering close of a careful server that answers before the upload is over.
    pub fn half_close(self) -> Self {
        self.then(Step::HalfClose)
    }

    /// Ends in order: shuts the server's direction down (`close_notify` and FIN) and drops the
    /// socket. Last step. When the peer has sent bytes that no step has read, the kernel sends it
    /// a reset, as with any server that closes early; [`half_close`](Self::half_close) avoids that.
    pub fn fin(self) -> Self {
        self.then(Step::Fin)
    }

    /// Drops the socket without a TLS `close_notify`: a cut that a TLS client can distinguish from an end.
    /// Without TLS the same as [`fin`](Self::fin). Last step.
    pub fn cut(self) -> Self {
        self.then(Step::Cut)
    }

    /// Resets the connection (`SO_LINGER` 0). Last step. On a stream that is no TCP the stream is
    /// dropped.
    pub fn rst(self) -> Self {
        self.then(Step::Rst)
    }

    /// Holds the socket open without a word, and swallows what comes, until the peer ends it. Last
    /// step.
    pub fn stall(self) -> Self {
        self.then(Step::Stall)
    }

    /// Starts over from the first step until the peer ends the connection. Last step.
    pub fn repeat(self) -> Self {
        self.then(Step::Repeat)
    }

    /// Does the steps on the bare TCP connection although the server speaks TLS: for a server that
    /// answers plain text on an https port, or ends the handshake by an alert or a reset.
    pub fn without_handshake(mut self) -> Self {
        self.without_handshake = true;
        self
    }

    /// Accepts TCP and never answers the TLS handshake.
    pub fn stall_handshake(self) -> Self {
        self.without_handshake().stall()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.steps).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_reads_like_the_script_and_hides_the_bytes() {
        let script = Connection::new()
            .read_request()
            .write("sk-secret")
            .write_every(Duration::from_millis(300), ["a", "bc"])
            .write_endlessly("private")
            .respond(|_| Vec::new())
            .rst();
        let text = format!("{script:?}");
        assert_eq!(
            text,
            "[read_request, write(9 bytes), write(1 bytes), pause(300ms), write(2 bytes), \
             pause(300ms), write_endlessly(7 bytes), choose, rst]"
        );
    }
}
