//! The doors of the stub server: each speaks one way, near or far.

use std::time::Duration;

/// How late every byte is behind a far door, one way. A new connection takes one round trip more, as
/// TCP does.
pub const DISTANCE: Duration = Duration::from_millis(20);

/// One listener of the server.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    /// Its name.
    pub name: &'static str,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Whether it offers HTTP/2, by ALPN.
    pub http2: bool,
    /// How many streams it allows on a connection, where there is a limit.
    pub limit: Option<u32>,
    /// Whether it is far away.
    pub far: bool,
}

const H1: Door = Door { name: "h1", tls: true, http2: false, limit: None, far: false };
const H2: Door = Door { name: "h2", http2: true, ..H1 };
const H2_100: Door = Door { name: "h2-100", limit: Some(100), ..H2 };

/// Every door.
pub const ALL: [Door; 7] = [
    Door { name: "plain", tls: false, ..H1 },
    H1,
    H2,
    H2_100,
    Door { name: "far-h1", far: true, ..H1 },
    Door { name: "far-h2", far: true, ..H2 },
    Door { name: "far-h2-100", far: true, ..H2_100 },
];
