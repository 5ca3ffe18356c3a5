//! The scenarios, their answers, and the loop that calls and checks: the same for every client, in a
//! package that knows none of them. Peers are built in a workspace of their own (`../peers`).

pub mod answers;
pub mod calls;
pub mod client;
pub mod job;
pub mod program;
pub mod protocol;
pub mod scenario;
pub mod wire;
pub mod words;

/// Any failure ends the run: a figure of calls that went wrong is none.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
