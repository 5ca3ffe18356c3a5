//! executionkit as a whole, over every crate.

mod conformance;
