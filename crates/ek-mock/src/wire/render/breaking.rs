//! What a fault does to a body on the wire.

use ek_core::ErrorKind;

use super::{End, error};
use crate::Fault;

/// A fault in terms of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Breaking {
    /// The body stops there.
    Stop(Stop),
    /// This comes in place of the rest, and the body ends in order.
    Told(Vec<u8>),
    /// The last frame is left out.
    NoDone,
}

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// In order.
    Orderly,
    Close,
    Reset,
    Hang,
}

impl Stop {
    pub(super) fn is_orderly(self) -> bool {
        self == Self::Orderly
    }

    pub(super) fn end(self) -> End {
        match self {
            Self::Orderly => End::KeepAlive,
            Self::Close => End::Close,
            Self::Reset => End::Reset,
            Self::Hang => End::Hang,
        }
    }
}

/// No JSON, and not the beginning of any.
const NO_JSON: &str = r#"{"choices": [malformed]}"#;

/// A body that is no JSON.
pub(super) fn malformed_body() -> Vec<u8> {
    NO_JSON.into()
}

impl Breaking {
    pub(super) fn of(fault: &Fault, stream: bool) -> Self {
        let frame = |text: &str| match stream {
            true => format!("data: {text}\n\n").into_bytes(),
            false => text.as_bytes().to_vec(),
        };
        match fault {
            Fault::Reset => Self::Stop(Stop::Reset),
            Fault::Cut => Self::Stop(Stop::Close),
            Fault::End => Self::Stop(Stop::Orderly),
            Fault::Hang => Self::Stop(Stop::Hang),
            Fault::Malformed => Self::Told(frame(NO_JSON)),
            Fault::NoDone => Self::NoDone,
            Fault::Error(error) => match error.kind() {
                ErrorKind::Connect => Self::Stop(Stop::Reset),
                ErrorKind::Interrupted => Self::Stop(Stop::Close),
                ErrorKind::Timeout => Self::Stop(Stop::Hang),
                ErrorKind::Malformed => Self::Told(frame(NO_JSON)),
                _ => Self::Told(frame(&error::object(error))),
            },
        }
    }
}
