//! The conformance suite: sound adapters pass it, for each clause there is a wrong one that fails it with
//! a message that names the clause, and what could not be judged is named too.

mod adapters;
mod passes;
mod report;
mod saw_nothing;
mod wrong_calls;
mod wrong_errors;
mod wrong_streams;
mod wrong_tools;
mod wrong_wrappers;
