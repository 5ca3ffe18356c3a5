//! Embeddings on the wire: a file for each protocol. A protocol of embeddings stands beside one for replies,
//! which writes its errors; connections, scripts, pauses and faults are the same for both.

mod gemini;
mod openai;
#[cfg(test)]
mod tests;

use ek_core::{EmbeddingRequest, Embeddings};

use super::dialect::Dialect;
use crate::engine::IncomingRequest;

/// One protocol.
pub(crate) trait EmbeddingDialect: Sync {
    /// The protocol for replies beside it.
    fn beside(&self) -> &'static dyn Dialect;

    /// The end of the path.
    fn path(&self) -> &'static str;

    /// Reads what path and body ask.
    ///
    /// # Errors
    ///
    /// Why the body is no request for embeddings.
    fn read(&self, path: &str, body: &[u8]) -> Result<EmbeddingRequest, String>;

    /// The body of an answer.
    fn write(&self, found: &Embeddings, request: &EmbeddingRequest) -> Vec<u8>;
}

const ALL: &[&dyn EmbeddingDialect] = &[&openai::OpenAi, &gemini::Batch, &gemini::Single];

/// Reads a request.
///
/// # Errors
///
/// Why the body is no request for embeddings.
pub(crate) fn read(
    dialect: &dyn EmbeddingDialect,
    path: &str,
    body: &[u8],
) -> Result<IncomingRequest, String> {
    let incoming = IncomingRequest::for_embeddings(dialect.read(path, body)?);
    Ok(IncomingRequest { embeddings_path: Some(dialect.path()), ..incoming })
}

/// The ends of all paths, in words.
pub(crate) fn paths() -> String {
    ALL.iter().map(|dialect| dialect.path()).collect::<Vec<_>>().join(" or ")
}

/// The protocol in which a request to this path asks for embeddings.
pub(crate) fn of(path: &str) -> Option<&'static dyn EmbeddingDialect> {
    ALL.iter().copied().find(|dialect| path.ends_with(dialect.path()))
}
