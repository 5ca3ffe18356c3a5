//! What a server has seen, and a way to wait for it: the one place that connections write and tests
//! read.

use std::fmt::Write as _;
use std::sync::Arc;

use tokio::sync::watch;

use super::connection_log::ConnectionLog;
use super::{Closed, RawRequest};

/// A TLS handshake that came to no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandshakeFailure {
    /// The index of the connection.
    pub connection: usize,
    /// What the TLS library made of it, for instance `received fatal alert: UnknownCA`.
    pub reason: String,
}

#[derive(Default)]
pub(in crate::wire) struct State {
    pub(in crate::wire) connections: Vec<ConnectionState>,
    pub(super) requests: Vec<RawRequest>,
    pub(super) incomplete_requests: Vec<String>,
    pub(super) handshake_failures: Vec<HandshakeFailure>,
    pub(super) failures: Vec<String>,
}

#[derive(Default)]
pub(in crate::wire) struct ConnectionState {
    pub(in crate::wire) closed: Option<Closed>,
    pub(super) received: u64,
    pub(super) unparsed: Vec<u8>,
}

/// Shared by a server and its connections. A watch channel and not a mutex: whoever waits is woken by
/// every change and by nothing else.
#[derive(Default)]
pub(in crate::wire) struct Records {
    state: watch::Sender<State>,
}

impl Records {
    /// Opens the log of the next connection.
    pub(in crate::wire) fn open(self: &Arc<Self>) -> ConnectionLog {
        let mut index = 0;
        self.update(|state| {
            index = state.connections.len();
            state.connections.push(ConnectionState::default());
        });
        ConnectionLog::new(index, Arc::clone(self))
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut State)) {
        self.state.send_modify(change);
    }

    pub(in crate::wire) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.borrow())
    }

    /// Waits until the state is as wished.
    ///
    /// # Panics
    ///
    /// If the script fails first: what is waited for may then never come.
    pub(in crate::wire) async fn wait_until(&self, mut wished: impl FnMut(&State) -> bool) {
        let mut changes = self.state.subscribe();
        let mut come = false;
        let waited = changes.wait_for(|state| {
            come = wished(state);
            come || !state.failures.is_empty()
        });
        // An error would mean that the sender is gone, and `self` holds it.
        let _ = waited.await.map(drop);
        if !come && let Some(failures) = self.failures() {
            panic!("{failures}");
        }
    }

    /// The failures of the script in one text, if there are any.
    pub(super) fn failures(&self) -> Option<String> {
        self.read(|state| {
            let mut text = "the scripted server failed:".to_owned();
            for failure in &state.failures {
                let _ = write!(text, "\n  {failure}");
            }
            (!state.failures.is_empty()).then_some(text)
        })
    }
}
