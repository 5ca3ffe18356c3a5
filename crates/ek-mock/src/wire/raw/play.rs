//! What a server does on its connections: the steps of a raw script, or a script of replies.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use super::connection_log::ConnectionLog;
use super::run::{Ending, run};
use super::{Connection, RawScript};
use crate::engine::Engine;
use crate::wire::serve::serve;

/// For a whole server.
pub(in crate::wire) enum Source {
    Steps(RawScript),
    Replies(Arc<Engine>),
}

/// For one connection.
pub(super) enum Play {
    Steps(Connection),
    Replies(Arc<Engine>),
}

impl Source {
    /// What is done on the connection with this index.
    ///
    /// # Errors
    ///
    /// If the connection was not expected; the text says why.
    pub(super) fn play(&self, index: usize) -> Result<Play, String> {
        match self {
            Self::Steps(script) => script.steps_of(index).map(Play::Steps),
            Self::Replies(engine) => Ok(Play::Replies(Arc::clone(engine))),
        }
    }
}

impl Play {
    /// Whether TLS is spoken where the server speaks it.
    pub(super) fn wants_handshake(&self) -> bool {
        match self {
            Self::Steps(steps) => !steps.without_handshake,
            Self::Replies(_) => true,
        }
    }

    /// Does it. The caller drops the stream afterwards.
    pub(super) async fn on<S>(&self, stream: &mut S, log: &ConnectionLog) -> Ending
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        match self {
            Self::Steps(steps) => run(stream, steps, log).await,
            Self::Replies(engine) => serve(stream, engine, log).await,
        }
    }
}
