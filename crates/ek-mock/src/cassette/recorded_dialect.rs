//! Which requests have a place in a cassette: those for a reply, and those for embeddings, in every protocol
//! that the mock knows.

use crate::engine::IncomingRequest;
use crate::wire::dialect::{self, Dialect};
use crate::wire::embeddings::{self, EmbeddingDialect};

/// How a request reads that is kept, or was.
#[derive(Clone, Copy)]
pub(super) enum RecordedDialect {
    Reply(&'static dyn Dialect),
    Embeddings(&'static dyn EmbeddingDialect),
}

impl RecordedDialect {
    pub(super) fn of(path: &str) -> Option<Self> {
        let embeddings = embeddings::of(path).map(Self::Embeddings);
        embeddings.or_else(|| dialect::of(path).map(Self::Reply))
    }

    /// The protocol for replies: the request's own, or the one beside that of embeddings.
    pub(super) fn for_replies(self) -> &'static dyn Dialect {
        match self {
            Self::Reply(dialect) => dialect,
            Self::Embeddings(dialect) => dialect.beside(),
        }
    }

    /// # Errors
    ///
    /// Why the body is no request of this kind.
    pub(super) fn read(self, path: &str, body: &[u8]) -> Result<IncomingRequest, String> {
        match self {
            Self::Reply(dialect) => dialect.read(path, body),
            Self::Embeddings(dialect) => embeddings::read(dialect, path, body),
        }
    }
}
