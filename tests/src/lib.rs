//! What the tests of the whole need: the runner of the dialect cases, and the soak.

pub mod conformance;
pub mod soak;
