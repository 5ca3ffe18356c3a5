//! The facade as its users see it: its examples, run as they are.

#[cfg(feature = "patterns")]
mod compile_fail;
mod examples;
#[path = "../../examples/support/mod.rs"]
mod support;
