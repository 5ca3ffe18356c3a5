//! What a fault does to a body on the wire.

use ek_core::ErrorKind;

use super::End;
use crate::Fault;
use crate::wire::dialect::Dialect;
use crate::wire::frames::event;

/// A fault in terms of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Breaking {
    /// The body stops there.
    Stop(End),
    /// This comes in place of the rest, and the body ends in order.
    Instead(Vec<u8>),
    /// The mark behind the end of a stream is left out.
    NoDone,
}

/// Bytes that are no JSON, nor the beginning of any.
pub(super) const NO_JSON: &[u8] = br#"{"reply": [malformed]}"#;

impl Breaking {
    pub(super) fn of(fault: &Fault, dialect: &dyn Dialect, stream: bool) -> Self {
        let malformed = || Self::Instead(if stream { event(NO_JSON) } else { NO_JSON.to_vec() });
        match fault {
            Fault::Reset => Self::Stop(End::Reset),
            Fault::Cut => Self::Stop(End::Close),
            Fault::End => Self::Stop(End::KeepAlive),
            Fault::Hang => Self::Stop(End::Hang),
            Fault::Malformed => malformed(),
            Fault::NoDone => Self::NoDone,
            Fault::Error(error) => match error.kind() {
                ErrorKind::Connect => Self::Stop(End::Reset),
                ErrorKind::Interrupted => Self::Stop(End::Close),
                ErrorKind::Timeout => Self::Stop(End::Hang),
                ErrorKind::Malformed => malformed(),
                _ if stream => Self::Instead(dialect.error_event(error)),
                _ => Self::Instead(dialect.error(error)),
            },
        }
    }
}
