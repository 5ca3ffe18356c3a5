//! What the tests of the whole need: the runner of the conformance cases, the check of public types, the
//! soak, and the fleet of processes.

#[cfg(doctest)]
mod book;
pub mod conformance;
pub mod fleet;
pub mod public_types;
pub mod soak;
