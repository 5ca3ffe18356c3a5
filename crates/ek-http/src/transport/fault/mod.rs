//! What hyper hands out when a connection fails, and what it means.
//!
//! Errors of others carry text of the peer: h2's have what a server says when it goes away, those of
//! rustls the names in a certificate, those of a connector anything. So none of them is passed on: an
//! error of ours is worded here, and its causes are what is known of theirs ([`Cause`]).

mod cause;
mod found;
mod tls;
mod verdict;
mod way;

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use ek_core::Error;

#[cfg(feature = "proxy")]
use super::connect::BoxError;
pub(super) use cause::with_cause;
use found::Found;
use verdict::{Phase, Verdict};
pub(super) use way::Way;

/// Faults of our own on the way to a connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialFault {
    #[error("the connect limit of {0:?} passed")]
    TimedOut(Duration),
    #[cfg(feature = "proxy")]
    #[error("the proxy wants other credentials")]
    ProxyCredentials,
    #[cfg(feature = "proxy")]
    #[error("the SOCKS proxy wants other credentials")]
    SocksCredentials,
    #[cfg(feature = "proxy")]
    #[error("the proxy opened no way")]
    Proxy(#[source] BoxError),
}

#[cfg(feature = "proxy")]
impl DialFault {
    pub(super) fn of_tunnel(error: BoxError) -> Self {
        // hyper-util's type cannot be named from outside; its variants' names can be read.
        match format!("{error:?}").as_str() {
            "ProxyAuthRequired" => Self::ProxyCredentials,
            _ => Self::Proxy(error),
        }
    }

    pub(super) fn of_socks(error: BoxError) -> Self {
        match format!("{error:?}").starts_with("V5(Auth(") {
            true => Self::SocksCredentials,
            false => Self::Proxy(error),
        }
    }
}

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
            Self::Closed => return super::closed(),
            Self::Connect(error) => (&**error, Phase::Connecting),
            Self::Send(error) => (error, Phase::BeforeTheHead),
            Self::Body(error) => (error, Phase::Body),
        };
        let found = Found::of(error);
        let error = Verdict::of(&found, phase, way).error(phase == Phase::Connecting);
        found.explain(error)
    }
}
