//! What hyper hands out when a connection fails, and what it means.
//!
//! Errors of others carry text of the peer: h2's have what a server says when it goes away, those of
//! rustls the names in a certificate, those of a connector anything. So none of them is passed on: an
//! error of ours is worded here, and its causes are what is known of theirs (`cause`).

mod cause;
mod found;
mod tls;
mod verdict;
mod way;

use std::error::Error as StdError;
use std::sync::Arc;

use ek_core::{Error, ErrorKind};

pub(super) use cause::with_cause;
use found::Found;
#[cfg(feature = "http2")]
pub(super) use verdict::is_unprocessed;
use verdict::{Phase, Verdict};
pub(super) use way::Way;

/// A failed exchange, before anything of it was classified.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The pool is gone.
    Closed,
    /// No connection; one dial may have failed for many calls.
    Connect(Arc<dyn StdError + Send + Sync>),
    /// Sending, or reading the head.
    Send(hyper::Error),
    /// A failure in the answer's body.
    Body(hyper::Error),
}

impl Fault {
    /// The error for the caller. Hosts and ports are named in it; the URL is not.
    pub(super) fn into_error(self, way: &Way) -> Error {
        let (error, phase): (&(dyn StdError + 'static), _) = match &self {
            Self::Closed => return closed(),
            Self::Connect(error) => (&**error, Phase::Connecting),
            Self::Send(error) => (error, Phase::BeforeTheHead),
            Self::Body(error) => (error, Phase::Body),
        };
        let found = Found::of(error);
        let error = Verdict::of(&found, phase, way).error(phase == Phase::Connecting);
        found.explain(error)
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Config, "the provider was closed; build a new one")
}
