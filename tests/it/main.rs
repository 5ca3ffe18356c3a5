//! executionkit as a whole, over every crate.

mod conformance;
mod dependencies;
mod three_ways;
