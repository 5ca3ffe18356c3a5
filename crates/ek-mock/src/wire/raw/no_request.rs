//! Why a connection brings no request.

use super::Closed;

/// Why there is no request.
pub(in crate::wire) enum NoRequest {
    /// The connection ended before the first byte of one.
    Ended(Closed),
    /// The connection ended within one; the text says where.
    Incomplete(Closed, String),
    /// What came is no HTTP/1 request; the text quotes nothing of it.
    Malformed(&'static str),
}

impl NoRequest {
    pub(super) fn in_chunks(closed: Closed, got: usize) -> Self {
        Self::Incomplete(closed, format!("the request ends after {got} bytes of a chunked body"))
    }
}
