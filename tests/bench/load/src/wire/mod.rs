//! The scenarios of the wire: TLS, HTTP/2, distance and many streams at once, and the loops that run
//! them. A client that runs them has to bring TLS, which those of the other scenarios do not need.

mod burst;
mod calls;
pub mod door;
mod first;
mod held;
mod measured;
mod memory;
mod run;
pub mod scenario;
mod streams;

pub use measured::Measured;
pub use run::{AUTHORITY, LIMIT, Task, raise_files};
