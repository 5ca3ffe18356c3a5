//! Providers made of several others: one for each kind of request, or the next one if one fails. Each is a
//! provider itself, so patterns take them too.

mod failover;
mod router;

pub use failover::{Failover, FailoverFailure, FailoverOptions};
pub use router::Router;

use ek_core::{EmbeddingLimits, Error, ErrorKind};

/// Of each limit the smaller one that is known.
fn tightest(a: EmbeddingLimits, b: EmbeddingLimits) -> EmbeddingLimits {
    fn smaller<N: Ord>(a: Option<N>, b: Option<N>) -> Option<N> {
        a.into_iter().chain(b).min()
    }
    let mut limits = EmbeddingLimits::default();
    limits.max_inputs = smaller(a.max_inputs, b.max_inputs);
    limits.max_tokens = smaller(a.max_tokens, b.max_tokens);
    limits.max_input_tokens = smaller(a.max_input_tokens, b.max_input_tokens);
    limits
}

/// The larger one of two limits; `None` if one of them is unknown.
fn largest(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    Some(a?.max(b?))
}

/// Refuses a stream before any member is asked.
fn cannot_stream(what: &str) -> Error {
    let why = format!("not every provider of the {what} can stream");
    Error::new(ErrorKind::Unsupported, why)
}
