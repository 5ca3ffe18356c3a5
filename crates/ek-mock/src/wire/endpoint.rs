//! What a request to a path asks for, a reply or embeddings, and in which protocol. The server and cassettes
//! go by it.

use super::dialect::{self, Dialect};
use super::embeddings::{self, EmbeddingDialect};
use crate::engine::IncomingRequest;

#[derive(Clone, Copy)]
pub(crate) enum Endpoint {
    Reply(&'static Dialect),
    Embeddings(&'static EmbeddingDialect),
}

impl Endpoint {
    pub(crate) fn of(path: &str) -> Option<Self> {
        let embeddings = embeddings::of(path).map(Self::Embeddings);
        embeddings.or_else(|| dialect::of(path).map(Self::Reply))
    }

    /// The dialect of its replies and errors: its own, or the one beside that of embeddings.
    pub(crate) fn dialect(self) -> &'static Dialect {
        match self {
            Self::Reply(dialect) => dialect,
            Self::Embeddings(dialect) => dialect.beside,
        }
    }

    /// Reads what path and body ask.
    ///
    /// # Errors
    ///
    /// Why the body is no request of this kind.
    pub(crate) fn read(self, path: &str, body: &[u8]) -> Result<IncomingRequest, String> {
        match self {
            Self::Reply(dialect) => (dialect.read)(path, body),
            Self::Embeddings(dialect) => {
                let incoming = IncomingRequest::for_embeddings((dialect.read)(path, body)?);
                Ok(IncomingRequest { embeddings_path: Some(dialect.path), ..incoming })
            }
        }
    }
}

/// The ends of the paths of all endpoints, in words.
pub(crate) fn paths() -> String {
    dialect::paths().chain(embeddings::paths()).collect::<Vec<_>>().join(" or ")
}
