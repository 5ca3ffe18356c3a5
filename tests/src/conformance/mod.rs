//! Runs dialect cases: a loopback server answers with the exact status, headers and bytes of a case,
//! the real provider asks it over TCP, and everything that the case expects is compared.
//!
//! The cases are data (`tests/dialects/*.case.json`): one file, one deviation of a real server.

mod case;
mod compare;
mod report;
mod run;

pub use case::{Case, Kind};
pub use report::Report;
pub use run::{Delivery, run};
