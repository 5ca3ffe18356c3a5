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
use super::socket::Socket;
use super::turn::{Hold, Turn};
use super::{DialError, Refused, h1};
use crate::endpoint::Endpoint;
use crate::transport::Settings;
use crate::transport::connect::Connector;
use crate::transport::fault::Fault;
use crate::transport::proxy::Route;

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
struct Delegate(JoinHandle<std::result::Result<Turn, Fault>>);

impl Drop for Delegate {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Turn {
    /// Dials in a task that ends with this call, and not before it is done.
    pub(super) async fn delegate_dial(
        &mut self,
        dial: &Arc<Dial>,
    ) -> std::result::Result<(), Fault> {
        let (mut turn, dial) = (self.hand_over(), Arc::clone(dial));
        let mut delegate =
            Delegate(tokio::spawn(async move { turn.dial(&dial, true).await.map(|()| turn) }));
        let mut turn = match (&mut delegate.0).await {
            Ok(dialled) => dialled?,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return Err(Fault::Closed),
            },
        };
        self.take_over(&mut turn);
        Ok(())
    }

    /// Makes the connection for which this turn has a place.
    pub(super) async fn dial(
        &mut self,
        dial: &Dial,
        decides: bool,
    ) -> std::result::Result<(), Fault> {
        let io = match dial.connector.connect(dial.uri.clone()).await {
            Ok(io) => io,
            Err(error) => {
                let error = Arc::from(error);
                self.fail(decides, &error);
                return Err(Fault::Connect(error));
            }
        };
        #[cfg(feature = "http2")]
        let http2 = io.is_http2();
        let socket = Socket::new(io, Arc::clone(&self.shared));
        self.hold = Hold::Handshake { decides };
        let runtime = Handle::current();
        self.shared.lock().runtime = Some(runtime.clone());
        #[cfg(feature = "http2")]
        if http2 {
            let begun = h2::begin(socket, &self.shared, &runtime, decides).await;
            self.hold = begun.map_err(Fault::Send)?;
            return Ok(());
        }
        let begun = h1::begin(socket, &self.shared, &runtime, decides).await;
        self.hold = begun.map_err(Fault::Send)?;
        Ok(())
    }

    /// Those who waited for this dial, with no other connection to hope for, share its failure: a
    /// server that cannot be reached is not dialled by one after the other.
    fn fail(&mut self, decides: bool, error: &DialError) {
        self.hold = Hold::Nothing;
        let mut state = self.shared.lock();
        state.sockets.closed();
        state.sockets.gave_up(decides);
        if decides && state.sockets.is_none_open() {
            let refused: Vec<_> = state.line.send_away().collect();
            state.calls -= refused.len();
            drop(state);
            for waiting in refused {
                // It may be leaving at this moment.
                let _ = waiting.send(Err(Refused::NoConnection(Arc::clone(error))));
            }
            return;
        }
        self.shared.settle(state);
    }
}
