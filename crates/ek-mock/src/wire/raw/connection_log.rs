//! The log of one connection: its entries carry the connection's index, and its drop records the end.

use std::io;
use std::sync::Arc;
use std::thread;

use super::records::{ConnectionRecord, HandshakeFailure, Records, Traffic};
use super::{Closed, RawRequest};

pub(in crate::wire) struct ConnectionLog {
    index: usize,
    records: Arc<Records>,
    closed: Closed,
}

impl ConnectionLog {
    /// Opens the log of the next connection.
    pub(in crate::wire) fn open(records: &Arc<Records>) -> Self {
        let index = records.update(|traffic| {
            traffic.connections.push(ConnectionRecord::default());
            traffic.connections.len() - 1
        });
        Self {
            index,
            records: Arc::clone(records),
            // Without `finish` the connection ends with the server.
            closed: Closed::ByServer,
        }
    }

    pub(in crate::wire) fn index(&self) -> usize {
        self.index
    }

    pub(super) fn received(&self, count: usize) {
        self.connection(|connection| {
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            connection.received = connection.received.saturating_add(count);
        });
    }

    pub(super) fn unparsed(&self, bytes: &[u8]) {
        self.connection(|connection| connection.unparsed.extend_from_slice(bytes));
    }

    pub(in crate::wire) fn request(&self, request: RawRequest) {
        self.update(|traffic| traffic.requests.push(request));
    }

    pub(in crate::wire) fn incomplete_request(&self, what: &str) {
        let text = format!("connection {}: {what}", self.index);
        self.update(|traffic| traffic.incomplete_requests.push(text));
    }

    pub(super) fn handshake_failure(&self, error: &io::Error) {
        let failure = HandshakeFailure { connection: self.index, reason: error.to_string() };
        self.update(|traffic| traffic.handshake_failures.push(failure));
    }

    /// Records what the server raises when it is dropped.
    pub(super) fn failure(&self, what: &str) {
        let text = format!("connection {}: {what}", self.index);
        self.update(|traffic| traffic.failures.push(text));
    }

    /// Says how the connection ended. Its socket must be gone by then.
    pub(in crate::wire) fn finish(mut self, closed: Closed) {
        self.closed = closed;
    }

    fn update(&self, change: impl FnOnce(&mut Traffic)) {
        self.records.update(change);
    }

    fn connection(&self, change: impl FnOnce(&mut ConnectionRecord)) {
        self.update(|traffic| {
            if let Some(connection) = traffic.connections.get_mut(self.index) {
                change(connection);
            }
        });
    }
}

impl Drop for ConnectionLog {
    fn drop(&mut self) {
        if thread::panicking() {
            self.failure("the task of the server panicked");
        }
        let closed = self.closed;
        self.connection(|connection| connection.closed = Some(closed));
    }
}
