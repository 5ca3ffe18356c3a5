//! From a place among the sockets to a connection that can carry a request.
//!
//! Dialling is a part of the call that does it: dropping the call drops the dial. Where others wait for
//! what a dial finds it goes on in a task, for their caller may leave its call alone, half done.

use std::sync::Arc;

use ek_core::Result;
use hyper::Uri;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

#[cfg(feature = "http2")]
use super::h2;
use super::permit::{Lease, Permit};
use super::socket::Socket;
use super::sockets::Protocol;
use super::wait_queue::WaitQueue;
use super::{DialError, Refused, h1};
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

/// Ends with whoever waits for it.
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
        let (begun, protocol) = match http2 {
            #[cfg(feature = "http2")]
            true => (h2::begin(socket, &self.shared, &runtime).await, Protocol::Http2),
            _ => (h1::begin(socket, &self.shared, &runtime).await, Protocol::Http1),
        };
        self.lease = begun.map_err(Fault::Send)?;
        let mut state = self.shared.lock();
        state.sockets.found(protocol);
        state.local(&self.runtime).pending.dialled(probing);
        self.shared.hand_out(state);
        Ok(())
    }

    /// Those who waited for this dial, with no other connection to hope for, share its failure: a
    /// server that cannot be reached is not dialled by one after the other.
    fn fail(&mut self, probing: bool, error: &DialError) {
        self.lease = Lease::Nothing;
        let mut state = self.shared.lock();
        state.sockets.abandon_dial();
        state.local(&self.runtime).pending.dialled(probing);
        if probing && state.sockets.is_none_open() {
            let lines = state.locals.iter_mut().map(|local| &mut local.wait_queue);
            let refused: Vec<_> = lines.flat_map(WaitQueue::drain).collect();
            state.calls -= refused.len();
            drop(state);
            for waiting in refused {
                // It may be leaving at this moment.
                let _ = waiting.send(Err(Refused::NoConnection(Arc::clone(error))));
            }
            return;
        }
        self.shared.hand_out(state);
    }
}
