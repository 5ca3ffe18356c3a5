//! Embeddings on the wire: a file for each protocol. A protocol of embeddings stands beside one for replies,
//! which writes its errors; connections, scripts, pauses and faults are the same for both.

mod gemini;
mod openai;
#[cfg(test)]
mod tests;

use ek_core::{EmbeddingRequest, Embeddings};

use super::dialect::Dialect;

/// One protocol.
pub(crate) struct EmbeddingDialect {
    /// The protocol for replies beside it.
    pub(super) beside: &'static Dialect,
    /// The end of the path.
    pub(super) path: &'static str,
    /// Reads what path and body ask. An error says why the body is no request for embeddings.
    pub(super) read: fn(path: &str, body: &[u8]) -> Result<EmbeddingRequest, String>,
    /// The body of an answer.
    pub(super) write: fn(&Embeddings, &EmbeddingRequest) -> Vec<u8>,
}

static ALL: [&EmbeddingDialect; 3] = [&openai::OPENAI, &gemini::BATCH, &gemini::SINGLE];

/// The ends of all paths.
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|dialect| dialect.path)
}

/// The protocol in which a request to this path asks for embeddings.
pub(super) fn of(path: &str) -> Option<&'static EmbeddingDialect> {
    ALL.into_iter().find(|dialect| path.ends_with(dialect.path))
}
