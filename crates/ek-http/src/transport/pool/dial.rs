//! From a place among the sockets to a connection that can carry a request.
//!
//! A dial is a part of the call that makes it: dropping the call drops the dial. Where other calls wait
//! for what a dial finds, it runs in a task: the call that made it may not be polled for a long time.

use std::sync::Arc;

use ek_core::Result;
use hyper::Uri;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::h1;
#[cfg(feature = "http2")]
use super::h2;
use super::permit::{Lease, Permit, Refused, SharedError};
use super::socket::Socket;
use super::sockets::Protocol;
use super::wait_queue::WaitQueue;
use crate::endpoint::Endpoint;
use crate::transport::connect::Connector;
use crate::transport::fault::Fault;
use crate::transport::proxy::Route;
use crate::transport::settings::Settings;

/// How connections to the one endpoint are made.
pub(super) struct Dial {
    connector: Connector,
    uri: Uri,
}

impl Dial {
    pub(super) fn new(endpoint: &Endpoint, settings: &Settings, route: &Route) -> Result<Self> {
        Ok(Self { connector: Connector::new(endpoint, settings, route)?, uri: endpoint.origin() })
    }
}

/// Ends when the call that waits for it is dropped.
struct Delegate(JoinHandle<std::result::Result<Permit, Fault>>);

impl Drop for Delegate {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Permit {
    /// Dials in a task that ends with this call, and not before it is done.
    pub(super) async fn delegate_dial(
        &mut self,
        dial: &Arc<Dial>,
    ) -> std::result::Result<(), Fault> {
        let (mut permit, dial) = (self.hand_over(), Arc::clone(dial));
        let mut delegate =
            Delegate(tokio::spawn(async move { permit.dial(&dial, true).await.map(|()| permit) }));
        let mut permit = match (&mut delegate.0).await {
            Ok(dialled) => dialled?,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return Err(Fault::Closed),
            },
        };
        self.take_over(&mut permit);
        Ok(())
    }

    /// Makes the connection for which this permit has a place.
    pub(super) async fn dial(
        &mut self,
        dial: &Dial,
        probing: bool,
    ) -> std::result::Result<(), Fault> {
        let io = match dial.connector.connect(dial.uri.clone()).await {
            Ok(io) => io,
            Err(error) => {
                let error = Arc::from(error);
                self.fail(probing, &error);
                return Err(Fault::Connect(error));
            }
        };
        #[cfg(feature = "http2")]
        let http2 = io.is_http2();
        #[cfg(not(feature = "http2"))]
        let http2 = false;
        // The one whose timers and sockets it has, wherever the call was made.
        let runtime = Handle::try_current().unwrap_or_else(|_| self.runtime.clone());
        let socket = Socket::new(io, &self.shared, &runtime);
        self.lease = Lease::Handshake { probing };
        let (lease, protocol) = match http2 {
            #[cfg(feature = "http2")]
            true => {
                let id = socket.id();
                let sender =
                    h2::begin(socket, &self.shared, &runtime).await.map_err(Fault::Send)?;
                (Lease::Stream { socket: id, sender, reused: false }, Protocol::Http2)
            }
            _ => {
                let begun = h1::begin(socket, &self.shared, &runtime).await;
                let connection = begun.map_err(Fault::Send)?;
                (Lease::Exclusive { connection, reused: false }, Protocol::Http1)
            }
        };
        self.lease = lease;
        let mut state = self.shared.lock();
        state.sockets.set_protocol(protocol);
        state.local(&self.runtime).pending.end_dial(probing);
        self.shared.hand_out(state);
        Ok(())
    }

    /// Where other calls waited for this dial, and no other socket is open, they share its failure: a
    /// server that cannot be reached is not dialled by one call after the other.
    fn fail(&mut self, probing: bool, error: &SharedError) {
        self.lease = Lease::Nothing;
        let mut state = self.shared.lock();
        state.sockets.abandon_dial();
        state.local(&self.runtime).pending.end_dial(probing);
        if probing && state.sockets.is_none_open() {
            let lines = state.locals.iter_mut().map(|local| &mut local.wait_queue);
            let refused: Vec<_> = lines.flat_map(WaitQueue::drain).collect();
            state.calls -= refused.len();
            drop(state);
            for recipient in refused {
                recipient.refuse(Refused::NoConnection(Arc::clone(error)));
            }
            return;
        }
        self.shared.hand_out(state);
    }
}
