//! What executionkit costs, beside raw hyper and beside other clients. `docs/performance.md` says how to
//! read it.
//!
//! Four programs: `bench` drives, `stub` answers, `client` makes the calls of one row, and `counted` is
//! `client` with an allocator that counts. What every client is put through is in `load`; a peer
//! (`peers`) is built apart from all of this and brings its own `client` and `counted`.

pub mod clients;
pub mod driver;
pub mod stub;
