//! The kinds of errors as words, for those who read the keys in Redis, and for other versions of this crate.

use ek_core::ErrorKind;

const KINDS: [(ErrorKind, &str); 8] = [
    (ErrorKind::Rejected, "rejected"),
    (ErrorKind::QuotaExhausted, "quota exhausted"),
    (ErrorKind::RateLimited, "rate limited"),
    (ErrorKind::Server, "server"),
    (ErrorKind::Timeout, "timeout"),
    (ErrorKind::Connect, "connect"),
    (ErrorKind::Tls, "tls"),
    (ErrorKind::Interrupted, "interrupted"),
];

/// The word for a kind.
pub(crate) fn name(kind: ErrorKind) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("other", |(_, name)| name)
}

/// The kind of a word.
pub(crate) fn of(name: &str) -> Option<ErrorKind> {
    KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
}
