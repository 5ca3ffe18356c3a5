//! The scripted server below HTTP: it does on a socket exactly what a test says, and knows nothing of
//! scripts of replies.

mod accept;
mod certificates;
mod chunk_reader;
pub(in crate::wire) mod closed;
mod connection;
pub(in crate::wire) mod connection_log;
pub(in crate::wire) mod handler;
pub(in crate::wire) mod io;
pub(in crate::wire) mod no_request;
pub(in crate::wire) mod peer;
pub(in crate::wire) mod read_request;
pub(in crate::wire) mod records;
mod request;
mod request_head;
pub(in crate::wire) mod response;
mod run;
mod script;
mod server;
mod step;
mod tls;

pub use closed::Closed;
pub use connection::Connection;
pub use io::MockIo;
pub use records::HandshakeFailure;
pub use request::RawRequest;
pub use response::{chunk, chunked, response, response_head};
pub use script::RawScript;
pub use server::RawServer;
pub use tls::ServerTls;
