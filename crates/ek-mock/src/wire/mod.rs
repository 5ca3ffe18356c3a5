//! Mocks on the wire, for tests of what speaks HTTP.
//!
//! [`MockTransport`] plays a [`Script`](crate::Script) over connections in memory: real bytes for the
//! user's real client, no socket, and time that a test can pause. [`MockServer`] plays the same script
//! over TCP, with TLS if wished, for clients in any language. Both write the same bytes.
//!
//! [`RawServer`] stands a step lower and knows nothing of scripts: it does on a socket exactly what a
//! test says, faults included.
//!
//! A mock of HTTP answers requests; what breaks clients lies below that: a reset in the middle of a
//! body, a handshake that never ends, a head that comes byte by byte. So this server knows steps
//! ([`Connection`]) in place of handlers, and keeps a record of what the peer did. It is meant for
//! tests: it panics rather than returning errors, and what its script could not do is raised again
//! when the [`RawServer`] is dropped.

pub(crate) mod dialect;
mod embeddings;
pub(crate) mod endpoint;
mod error_status;
#[cfg(feature = "record")]
mod forward;
mod frames;
mod incoming;
mod introspection;
mod local_host;
mod mock_server;
mod raw;
mod render;
mod serve;
mod transport;

pub use mock_server::MockServer;
pub use raw::{
    Closed, Connection, HandshakeFailure, MockIo, RawRequest, RawScript, RawServer, ServerTls,
    chunk, chunked, response, response_head,
};
pub use transport::MockTransport;
