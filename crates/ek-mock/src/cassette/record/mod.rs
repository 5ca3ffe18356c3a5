//! Recording: a server that asks a real endpoint, passes its answers on as they come, and keeps what
//! came.

mod file;
mod frame_buffer;
mod headers;
mod keep;
mod left;
mod mode;
mod recorder;
mod upstream;
mod whole;

pub use mode::RecordMode;
pub use recorder::{Recorder, Recording};

use keep::Keeping;
pub(crate) use keep::Tape;
pub(crate) use upstream::NoAnswer;
