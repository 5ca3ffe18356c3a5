//! What the tests of the whole need: the runner of the dialect cases.

pub mod conformance;
