//! What the tests of the whole need: the runner of the conformance cases, the check of public types, the
//! soak, the fleet of processes, and the report of the live check.

#[cfg(doctest)]
mod book;
pub mod conformance;
pub mod fleet;
pub mod live;
pub mod public_types;
pub mod soak;
