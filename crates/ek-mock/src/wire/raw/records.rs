//! What a server has seen: connections write it, tests read it and wait for it.

use std::fmt::Write as _;

use super::{Closed, RawRequest};
use crate::watched::Watched;

/// A TLS handshake that came to no connection.
///
/// ```
/// use ek_mock::wire::RawServer;
///
/// fn assert_that_the_client_refused_the_certificate(server: &RawServer) {
///     let failures = server.handshake_failures();
///     assert!(failures[0].reason.contains("fatal alert"), "{failures:?}");
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandshakeFailure {
    /// The index of the connection.
    pub connection: usize,
    /// What the TLS library made of it, for instance `received fatal alert: UnknownCA`.
    pub reason: String,
}

#[derive(Default)]
pub(in crate::wire) struct Traffic {
    pub(in crate::wire) connections: Vec<ConnectionRecord>,
    pub(super) requests: Vec<RawRequest>,
    pub(super) incomplete_requests: Vec<String>,
    pub(super) handshake_failures: Vec<HandshakeFailure>,
    pub(super) failures: Vec<String>,
}

#[derive(Default)]
pub(in crate::wire) struct ConnectionRecord {
    pub(in crate::wire) closed: Option<Closed>,
    pub(super) received: u64,
    pub(super) unparsed: Vec<u8>,
}

/// Shared by a server and its connections.
pub(in crate::wire) type Records = Watched<Traffic>;

impl Records {
    pub(in crate::wire) fn open_connections(&self) -> usize {
        let open = |connection: &&ConnectionRecord| connection.closed.is_none();
        self.read(|traffic| traffic.connections.iter().filter(open).count())
    }

    /// Waits until the condition holds.
    ///
    /// # Panics
    ///
    /// If the script fails first: the condition may then never hold.
    pub(in crate::wire) async fn wait_unless_failed(
        &self,
        mut condition: impl FnMut(&Traffic) -> bool,
    ) {
        let mut holds = false;
        self.wait_until(|traffic| {
            holds = condition(traffic);
            holds || !traffic.failures.is_empty()
        })
        .await;
        if !holds && let Some(failures) = self.failures() {
            panic!("{failures}");
        }
    }

    /// The failures of the script in one text, if there are any.
    pub(super) fn failures(&self) -> Option<String> {
        self.read(|traffic| {
            let mut text = "the scripted server failed:".to_owned();
            for failure in &traffic.failures {
                let _ = write!(text, "\n  {failure}");
            }
            (!traffic.failures.is_empty()).then_some(text)
        })
    }
}
