//! What executionkit costs, beside raw hyper and beside other clients. `docs/performance.md` says how to
//! read it.
//!
//! Four programs: `bench` drives, `stub` answers, `client` makes the calls of one row, and `counted` is
//! `client` with an allocator that counts.

pub mod answers;
pub mod clients;
pub mod driver;
pub mod load;
pub mod scenario;
pub mod stub;
pub mod words;

/// Any failure ends the run: a figure of calls that went wrong is none.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
