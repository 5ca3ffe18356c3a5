//! The soak: thousands of faults of every phase, chosen by a seed, against a provider that many
//! callers share. Each call must end in exactly one way, in time, and leave nothing behind.
//!
//! The faults are staged by a server in a process of its own, so that sockets, tasks and memory of
//! this one are the client's alone. It speaks HTTP/1.1 without and with TLS, and HTTP/2.

mod bare;
mod call;
mod fault;
mod frames;
mod http2;
mod plan;
mod question;
mod rig;
mod run;
mod server;
mod tally;

pub use run::run;
pub use server::serve;
pub use tally::Tally;
