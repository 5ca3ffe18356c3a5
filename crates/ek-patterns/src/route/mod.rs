//! Providers made of several others: one for each kind of request, or the next one if one fails. Each is a
//! provider itself, so patterns take them too.

mod failover;
mod router;

pub use failover::{Failover, FailoverFailure, FailoverOptions};
pub use router::Router;

use ek_core::{Error, ErrorKind};

/// The larger one of two limits; `None` if one of them is unknown.
fn largest(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    Some(a?.max(b?))
}

/// Refuses a stream before any member is asked.
fn cannot_stream(what: &str) -> Error {
    let why = format!("not every provider of the {what} can stream");
    Error::new(ErrorKind::Unsupported, why)
}
