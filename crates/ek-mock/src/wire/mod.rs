//! A scripted server over real sockets: it does on the wire exactly what a test says, faults included.
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
mod peer;
mod read_request;
mod records;
mod request;
mod request_head;
mod response;
mod run;
mod script;
mod server;
mod step;
mod tls;

pub use closed::Closed;
pub use connection::Connection;
pub use records::HandshakeFailure;
pub use request::RawRequest;
pub use response::{chunk, chunked, response, response_head};
pub use script::RawScript;
pub use server::RawServer;
pub use tls::ServerTls;
