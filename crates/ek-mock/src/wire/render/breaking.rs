//! What a fault does to a body on the wire.

use ek_core::{Error, ErrorKind};

use super::End;
use crate::Fault;

/// A fault in terms of bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Breaking<'a> {
    /// The body stops there.
    Stop(End),
    /// This comes in place of the rest, and the body ends in order.
    Instead(Instead<'a>),
    /// The mark behind the end of a stream is left out.
    NoDone,
}

/// What comes in place of the rest of a body.
#[derive(Debug, Clone, Copy)]
pub(super) enum Instead<'a> {
    NoJson,
    Error(&'a Error),
}

/// Bytes that are no JSON, nor the beginning of any.
pub(super) const NO_JSON: &[u8] = br#"{"reply": [malformed]}"#;

impl<'a> Breaking<'a> {
    pub(super) fn of(fault: &'a Fault) -> Self {
        match fault {
            Fault::Reset => Self::Stop(End::Reset),
            Fault::Cut => Self::Stop(End::Close),
            Fault::End => Self::Stop(End::KeepAlive),
            Fault::Hang => Self::Stop(End::Hang),
            Fault::Malformed => Self::Instead(Instead::NoJson),
            Fault::NoDone => Self::NoDone,
            Fault::Error(error) => match error.kind() {
                ErrorKind::Connect => Self::Stop(End::Reset),
                ErrorKind::Interrupted => Self::Stop(End::Close),
                ErrorKind::Timeout => Self::Stop(End::Hang),
                ErrorKind::Malformed => Self::Instead(Instead::NoJson),
                _ => Self::Instead(Instead::Error(error)),
            },
        }
    }
}
