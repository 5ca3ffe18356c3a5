//! ek-mock as its users see it, from outside the crate.

#[cfg(feature = "wire")]
mod cassettes;
mod chaos;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "conformance")]
mod conformance;
mod embeddings;
#[cfg(feature = "wire")]
mod faces;
#[cfg(feature = "wire")]
mod introspection;
mod mock_provider;
mod parallel_callers;
#[cfg(feature = "wire")]
mod raw_server;
#[cfg(feature = "wire")]
mod raw_server_failures;
#[cfg(feature = "wire")]
mod raw_server_tls;
mod script;
mod streams;
#[cfg(feature = "wire")]
mod support;
mod verification;
