//! executionkit as a whole, over every crate.

mod allocations;
mod anthropic_cost;
mod anthropic_limits;
mod conformance;
mod consensus;
mod dependencies;
mod environment;
mod facade;
mod fleet;
mod four_protocols;
mod pages;
mod patterns;
mod policy;
mod provider_conforms;
mod react;
mod scenarios;
mod three_ways;
mod vendors;
