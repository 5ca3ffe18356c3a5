//! `consensus` over the real client: an outage, and the sockets.

mod outage;
mod sockets;
