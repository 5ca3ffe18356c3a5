//! Proxies: which one, if any, stands between here and the endpoint, and how it is spoken to.
//!
//! Decided once, when the provider is built: it has one endpoint. Without the feature `proxy` only the
//! decision is left, and a provider that would need one is not built.

#[cfg(feature = "proxy")]
mod dial;
#[cfg(feature = "proxy")]
mod exceptions;
#[cfg(feature = "proxy")]
mod route;
mod settings;
#[cfg(feature = "proxy")]
mod socks;
#[cfg(feature = "proxy")]
mod tunnel;
#[cfg(not(feature = "proxy"))]
mod without;

#[cfg(feature = "proxy")]
pub(crate) use route::reads_along;
#[cfg(feature = "proxy")]
pub(super) use route::{Route, route};
pub(crate) use settings::{ProxyChoice, ProxySettings};
#[cfg(not(feature = "proxy"))]
pub(crate) use without::reads_along;
#[cfg(not(feature = "proxy"))]
pub(super) use without::{Route, route};
