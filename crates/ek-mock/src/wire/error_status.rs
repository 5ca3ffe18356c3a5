//! The status of an error on the wire.

use ek_core::{Error, ErrorKind};

/// The error's own status, else the usual one of its kind.
pub(super) fn of(error: &Error) -> u16 {
    error.status().unwrap_or_else(|| match error.kind() {
        ErrorKind::Rejected => 400,
        ErrorKind::RateLimited | ErrorKind::QuotaExhausted => 429,
        ErrorKind::Server => 500,
        _ => 501,
    })
}
