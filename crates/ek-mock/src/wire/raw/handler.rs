//! What a server does on its connections: the seam between sockets and what is played on them, so that
//! the raw server knows nothing of scripts of replies.

use super::closed::Ending;
use super::connection_log::ConnectionLog;
use super::peer::ByteStream;
use super::run::run;
use super::{Connection, RawScript};

/// What a whole server does.
pub(in crate::wire) trait Handlers: Send + 'static {
    type Handler: Handler;

    /// What is done on the connection with this index.
    ///
    /// # Errors
    ///
    /// If the connection was not expected; the text says why.
    fn handler(&self, index: usize) -> Result<Self::Handler, String>;
}

/// What is done on one connection.
pub(in crate::wire) trait Handler: Send + Sync + 'static {
    /// Whether TLS is spoken where the server speaks it.
    fn wants_handshake(&self) -> bool {
        true
    }

    /// Serves the connection to its end. The caller drops the stream afterwards.
    fn handle<S: ByteStream>(
        &self,
        stream: &mut S,
        log: &ConnectionLog,
    ) -> impl Future<Output = Ending> + Send;
}

impl Handlers for RawScript {
    type Handler = Connection;

    fn handler(&self, index: usize) -> Result<Connection, String> {
        self.steps_of(index)
    }
}

impl Handler for Connection {
    fn wants_handshake(&self) -> bool {
        !self.without_handshake
    }

    async fn handle<S: ByteStream>(&self, stream: &mut S, log: &ConnectionLog) -> Ending {
        run(stream, self, log).await
    }
}
