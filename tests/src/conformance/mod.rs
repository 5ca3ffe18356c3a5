//! Runs the conformance cases: a loopback server answers with the exact status, headers and bytes of a
//! case, the real provider asks it over TCP, and everything that the case expects is compared.
//!
//! The cases are data (`tests/dialects/*.case.json`, `tests/protocols/*.case.json`): one file, one
//! behaviour of a real server, or one request and what has to be sent for it.

mod case;
mod compare;
mod kind;
mod portable;
mod protocol;
mod report;
mod run;

pub use case::{Answer, Case};
pub use compare::Mismatch;
pub use kind::Kind;
pub use protocol::{builder_for, is_named};
pub use report::Report;
pub use run::{Delivery, Verdict, run};
