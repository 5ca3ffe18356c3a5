//! A span for each call with the OpenTelemetry GenAI names, and an event for each failed attempt. Both
//! hold metadata only and need the feature `tracing`.
//!
//! `error.type` is the error's kind, or `cancelled` for a call that is dropped before its result.

#[cfg(feature = "tracing")]
mod call_span;
#[cfg(not(feature = "tracing"))]
mod no_span;
mod provider_name;

#[cfg(feature = "tracing")]
pub(crate) use call_span::CallSpan;
#[cfg(not(feature = "tracing"))]
pub(crate) use no_span::CallSpan;
pub(crate) use provider_name::provider_name;

/// Reports a field of the request that the protocol does not have.
#[cfg_attr(not(feature = "tracing"), allow(unused_variables, reason = "there are no events"))]
pub(crate) fn left_out(protocol: &ek_core::ProtocolName, field: &str) {
    #[cfg(feature = "tracing")]
    tracing::debug!(protocol = protocol.as_str(), field, "left out of the request");
}
