//! The conformance suite: sound adapters pass it, and for each clause there is a wrong one that fails
//! it with a message that names the clause.

mod adapters;
mod passes;
mod wrong_calls;
mod wrong_errors;
mod wrong_streams;
mod wrong_tools;
mod wrong_wrappers;
