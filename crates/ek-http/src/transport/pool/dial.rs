//! From a place among the sockets to a connection that can carry a request.
//!
//! A dial is a part of the call that makes it: dropping the call drops the dial. Where other calls wait
//! for what a dial finds, it runs in a task: the call that made it may not be polled for a long time.

use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use ek_core::Result;
use hyper::Uri;
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};

use super::h1;
#[cfg(feature = "http2")]
use super::h2;
use super::origins;
use super::parts::Recipient as _;
use super::permit::{Lease, Permit, Refused, SharedError};
use super::socket::Socket;
use super::socket_limit::HttpVersion;
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
    /// Under which name the protocol is remembered, where it is.
    origin: Option<String>,
}

impl Dial {
    pub(super) fn new(
        endpoint: &Endpoint,
        settings: &Settings,
        route: &Route,
        origin: Option<String>,
    ) -> Result<Self> {
        Ok(Self {
            connector: Connector::new(endpoint, settings, route)?,
            uri: endpoint.origin(),
            origin,
        })
    }
}

/// Ends when the call that waits for it is dropped.
struct Delegate(JoinHandle<Dialled>);

type Dialled = std::result::Result<(), Fault>;

impl Drop for Delegate {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What happens first to a call that dials.
enum First {
    Ended(std::result::Result<Dialled, JoinError>),
    Granted(std::result::Result<Permit, Refused>),
}

impl Permit {
    /// Makes the connection for which this permit has a place, if it has none yet.
    ///
    /// What is rare is boxed: every stream carries the size of the future around.
    pub(super) async fn connect(&mut self, dial: &Arc<Dial>) -> Dialled {
        match self.lease {
            Lease::Dial { probing: false } => Box::pin(self.dial(dial, false)).await,
            Lease::Dial { probing: true } => Box::pin(self.delegate_dial(dial)).await,
            _ => Ok(()),
        }
    }

    /// Dials in a task, for others may wait for what it finds. This call gets the connection, or a stream
    /// of another one if that is left over first; the task ends then, or with the call.
    async fn delegate_dial(&mut self, dial: &Arc<Dial>) -> Dialled {
        let mut waiter = self.waiter(|local| &mut local.dialling);
        let (mut permit, dial) = (self.hand_over(), Arc::clone(dial));
        let mut delegate = Delegate(tokio::spawn(async move { permit.dial(&dial, true).await }));
        let first = poll_fn(|cx| match waiter.poll_permit(cx) {
            Poll::Ready(granted) => Poll::Ready(First::Granted(granted)),
            Poll::Pending => Pin::new(&mut delegate.0).poll(cx).map(First::Ended),
        });
        let granted = match first.await {
            First::Granted(granted) => granted,
            First::Ended(Ok(Err(fault))) if waiter.leave() => return Err(fault),
            First::Ended(Ok(_)) => waiter.permit().await,
            First::Ended(Err(error)) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return Err(Fault::Closed),
            },
        };
        self.take_over(&mut granted.map_err(|_| Fault::Closed)?);
        Ok(())
    }

    /// Makes the connection for which this permit has a place.
    async fn dial(&mut self, dial: &Dial, probing: bool) -> Dialled {
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
                (Lease::Stream { socket: id, sender, reused: false }, HttpVersion::Http2)
            }
            _ => {
                let begun = h1::begin(socket, &self.shared, &runtime).await;
                let connection = begun.map_err(Fault::Send)?;
                (Lease::Exclusive { connection, reused: false }, HttpVersion::Http1)
            }
        };
        self.lease = lease;
        if let Some(origin) = &dial.origin {
            origins::remember(origin, protocol);
        }
        self.dialled(probing, protocol);
        Ok(())
    }

    /// Of several dials side by side the first one may serve all calls: the others then keep no
    /// connection.
    fn dialled(&mut self, probing: bool, protocol: HttpVersion) {
        let mut state = self.shared.lock();
        state.sockets.set_protocol(protocol);
        let local = state.local(&self.runtime);
        local.pending.end_dial(probing);
        local.pending.dial_succeeded();
        let recipient = local.dialling.remove(self.number);
        let mut spare = None;
        if let Lease::Stream { socket, .. } = self.lease {
            let older = match probing && recipient.is_none() {
                // It has one already.
                true => Some(Lease::Nothing),
                false => state.older_stream(&self.runtime, socket),
            };
            if let Some(older) = older {
                let runtime = state.sockets.get_mut(socket).map(|open| open.runtime.clone());
                state.remove_call(socket);
                let sender = runtime.and_then(|it| state.local(&it).shared.retire(socket));
                spare = Some((std::mem::replace(&mut self.lease, older), sender));
            }
        }
        self.shared.hand_out(state);
        drop(spare);
        if let Some(recipient) = recipient {
            recipient.give(std::mem::replace(&mut self.lease, Lease::Nothing));
        }
    }

    /// Where other calls waited for this dial, and no other socket is open, they share its failure: a
    /// server that cannot be reached is not dialled by one call after the other.
    fn fail(&mut self, probing: bool, error: &SharedError) {
        self.lease = Lease::Nothing;
        let mut state = self.shared.lock();
        state.sockets.abandon_dial();
        let is_nothing_open = state.sockets.is_nothing_open();
        let pending = &mut state.local(&self.runtime).pending;
        pending.end_dial(probing);
        if is_nothing_open {
            pending.dial_failed();
        }
        if probing && state.sockets.is_empty() {
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
