//! What the tests of the whole need: the runner of the conformance cases, the check of public types, and
//! the soak.

#[cfg(doctest)]
mod book;
pub mod conformance;
pub mod public_types;
pub mod soak;
