//! A request as a face received it, before the engine records it.

use ek_core::{ChatRequest, ProtocolName};

use crate::script::Asked;

/// It has no `Debug`: it holds credentials.
#[derive(Default)]
pub(crate) struct IncomingRequest {
    pub(crate) request: ChatRequest,
    pub(crate) streamed: bool,
    /// Whether a stream ends with the usage.
    #[cfg(feature = "wire")]
    pub(crate) usage: bool,
    /// The protocol on the wire; none at the trait.
    pub(crate) protocol: Option<ProtocolName>,
    /// The headers on the wire, credentials masked; none at the trait.
    pub(crate) headers: Vec<(String, String)>,
    /// The credentials, to be masked wherever the call is shown.
    pub(crate) credentials: Vec<String>,
    /// Why no rule can answer it: the body is not a chat request.
    pub(crate) problem: Option<String>,
}

impl IncomingRequest {
    /// The request as conditions look at it.
    pub(crate) fn asked(&self) -> Asked<'_> {
        Asked::new(&self.request, self.streamed, self.protocol.as_ref())
    }
}
