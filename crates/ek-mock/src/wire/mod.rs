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

mod accept;
mod certificates;
mod chunk_reader;
mod closed;
mod connection;
mod connection_log;
mod desk;
#[cfg(feature = "record")]
mod forward;
mod io;
mod local;
mod mock_server;
mod peer;
mod play;
mod question;
mod read_request;
mod records;
mod render;
mod request;
mod request_head;
mod response;
mod run;
mod script;
mod serve;
mod server;
mod step;
mod tls;
mod transport;

pub(crate) use question::read_body;

pub use closed::Closed;
pub use connection::Connection;
pub use io::MockIo;
pub use mock_server::MockServer;
pub use records::HandshakeFailure;
pub use request::RawRequest;
pub use response::{chunk, chunked, response, response_head};
pub use script::RawScript;
pub use server::RawServer;
pub use tls::ServerTls;
pub use transport::MockTransport;
