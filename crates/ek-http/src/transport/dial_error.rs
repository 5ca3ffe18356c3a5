//! Why a dial failed, as far as this crate itself knows it: its time limit, and what a proxy answers.
//!
//! It stands below both sides: dialling makes these errors, and [`fault`](super::fault) words them.

use std::time::Duration;

#[cfg(feature = "proxy")]
use super::dialer::BoxError;

/// Why there is no connection, where this crate knows it and the system does not.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialError {
    #[error("the connect limit of {0:?} passed")]
    TimedOut(Duration),
    #[error("the platform has no usable root certificates")]
    NoRoots,
    #[cfg(feature = "proxy")]
    #[error("dns error")]
    Unresolved(#[source] std::io::Error),
    #[cfg(feature = "proxy")]
    #[error("the proxy wants other credentials")]
    ProxyCredentials,
    #[cfg(feature = "proxy")]
    #[error("the proxy answered {0}")]
    ProxyStatus(hyper::StatusCode),
    #[cfg(feature = "proxy")]
    #[error("the SOCKS proxy wants other credentials")]
    SocksCredentials,
    #[cfg(feature = "proxy")]
    #[error("the SOCKS proxy answered {0}")]
    SocksReply(u8),
    #[cfg(feature = "proxy")]
    #[error("the proxy opened no way")]
    Proxy(#[source] BoxError),
}

#[cfg(feature = "proxy")]
impl From<std::io::Error> for DialError {
    fn from(error: std::io::Error) -> Self {
        Self::Proxy(error.into())
    }
}
