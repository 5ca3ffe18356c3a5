//! Recording: a server that asks a real endpoint, passes its answers on as they come, and keeps what
//! came.

mod answer_check;
mod file;
mod frame_buffer;
mod headers;
mod leak_check;
mod mode;
mod recorder;
mod tape;
mod upstream;

pub use mode::RecordMode;
pub use recorder::{Recorder, Recording};

use tape::Keeping;
pub(crate) use tape::Tape;
pub(crate) use upstream::NoAnswer;
