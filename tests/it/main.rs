//! executionkit as a whole, over every crate.

mod conformance;
mod dependencies;
mod environment;
mod policy;
mod scenarios;
mod three_ways;
