//! What executionkit costs on the wire, beside raw hyper-util with hyper-rustls and beside other clients:
//! TLS, HTTP/2, distance, and many streams at once. `docs/performance.md` says how to read it.
//!
//! Three programs: `wire` drives, `wire-stub` answers, and `wire-client` does what one scenario asks for.
//! The scenarios are in `bench_load::wire`, which knows no client.

pub mod client;
pub mod driver;
pub mod stub;
