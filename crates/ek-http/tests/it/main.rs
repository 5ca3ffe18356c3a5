//! The provider over real sockets: what it sends, and how it handles every fault.
//!
//! The numbers in the names of the tests are those of the list of faults (`docs/faults.md`).

#[cfg(feature = "anthropic")]
mod anthropic;
mod before_response;
mod bodies;
mod certificates;
mod configuration;
mod connect;
mod documents;
mod early_answers;
mod embeddings;
mod errors;
#[cfg(feature = "gemini")]
mod gemini;
#[cfg(feature = "http2")]
mod http2;
mod http_client;
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
mod leaks;
#[cfg(any(feature = "anthropic", feature = "gemini", feature = "responses"))]
mod native_streams;
#[cfg(any(feature = "anthropic", feature = "gemini", feature = "responses"))]
mod native_turns;
mod pool;
mod portable;
#[cfg(all(feature = "proxy", any(feature = "ring", feature = "aws-lc-rs")))]
mod proxies;
mod requests;
#[cfg(feature = "responses")]
mod responses;
mod round_trip;
mod status;
mod streams;
mod support;
mod telemetry;
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
mod tls;
