//! One step of a script: the vocabulary between `Connection`, which collects steps, and `run`.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{Connection, RawRequest};

/// Computes the steps that follow from the request that was read last.
pub(super) type Choose = dyn Fn(&RawRequest) -> Connection + Send + Sync;

/// What a server does next on a connection. Cheap to clone: scripts are run many times.
#[derive(Clone)]
pub(super) enum Step {
    ReadRequest,
    ReadSome(usize),
    ReadExactly(usize),
    Write(Arc<[u8]>),
    WritePieces(Arc<[Vec<u8>]>),
    /// Without a count it only ends with the connection.
    WriteTimes(Arc<[u8]>, Option<u64>),
    Choose(Arc<Choose>),
    Pause(Duration),
    Tunnel(SocketAddr),
    HalfClose,
    Fin,
    Cut,
    Rst,
    Stall,
    Repeat,
}

/// Shows lengths in place of bytes: what is written may be as private as what is read.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadRequest => f.write_str("read_request"),
            Self::ReadSome(most) => write!(f, "read_some({most})"),
            Self::ReadExactly(count) => write!(f, "read_exactly({count})"),
            Self::Write(bytes) => write!(f, "write({} bytes)", bytes.len()),
            Self::WritePieces(pieces) => write!(f, "write_pieces({} pieces)", pieces.len()),
            Self::WriteTimes(bytes, Some(times)) => {
                write!(f, "write_times({} bytes, {times})", bytes.len())
            }
            Self::WriteTimes(bytes, None) => write!(f, "write_endlessly({} bytes)", bytes.len()),
            Self::Choose(_) => f.write_str("choose"),
            Self::Pause(duration) => write!(f, "pause({duration:?})"),
            Self::Tunnel(to) => write!(f, "tunnel({to})"),
            Self::HalfClose => f.write_str("half_close"),
            Self::Fin => f.write_str("fin"),
            Self::Cut => f.write_str("cut"),
            Self::Rst => f.write_str("rst"),
            Self::Stall => f.write_str("stall"),
            Self::Repeat => f.write_str("repeat"),
        }
    }
}
