//! The facade as its users see it: its examples, run as they are.

mod examples;
#[path = "../../examples/support/mod.rs"]
mod support;
