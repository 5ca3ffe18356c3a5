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
impl DialError {
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
