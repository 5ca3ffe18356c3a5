//! A call's permit: what it holds of the pool, from the moment it is let in until its answer is over.
//!
//! A call may be dropped at any point: while it waits, dials, sends or reads. A permit returns what it
//! holds when it is dropped, so that no path has to do it by hand, and the next call goes on.

use std::error::Error as StdError;
use std::sync::Arc;

use tokio::runtime::{Handle, Id};
use tokio::sync::oneshot;

use super::h1;
#[cfg(feature = "http2")]
use super::h2;
use super::parts::{Parts, Recipient};
use super::shared::Shared;
use super::socket::Closer;
use super::state::State;

/// What a dial failed with, for all that waited for it.
pub(super) type SharedError = Arc<dyn StdError + Send + Sync>;

/// Why a call gets no permit.
#[derive(Debug)]
pub(in crate::transport) enum Refused {
    Closed,
    /// The dial for which it waited has failed.
    NoConnection(SharedError),
    /// Its time is over. Whether it was the bound on sockets that kept it waiting.
    TooLate {
        full: bool,
    },
}

/// A pool of HTTP connections.
pub(super) enum Http {}

impl Parts for Http {
    type Exclusive = h1::Handle;
    #[cfg(feature = "http2")]
    type Sender = h2::Sender;
    #[cfg(not(feature = "http2"))]
    type Sender = super::parts::Never;
    type Closer = Closer<Self>;
    type Recipient = CallRecipient;
}

pub(super) type Lease = super::parts::Lease<Http>;

/// Leave to make one request. Kept until the answer's body is at its end or dropped.
pub(crate) struct Permit {
    pub(super) shared: Arc<Shared<Http>>,
    number: u64,
    /// Where the call was made.
    pub(super) runtime: Handle,
    pub(super) lease: Lease,
    /// The request has been given to a connection; before that no server can have seen it.
    pub(super) sent: bool,
    /// How often HTTP/2 connections have refused it.
    #[cfg(feature = "http2")]
    pub(super) refusals: u8,
}

impl Permit {
    pub(super) fn new(
        shared: Arc<Shared<Http>>,
        number: u64,
        runtime: Handle,
        lease: Lease,
    ) -> Self {
        Self {
            shared,
            number,
            runtime,
            lease,
            sent: false,
            #[cfg(feature = "http2")]
            refusals: 0,
        }
    }

    /// Whether a server may have seen the request.
    pub(crate) fn has_sent(&self) -> bool {
        self.sent
    }

    /// Gives back what is held, and waits again, in the place that this call had.
    pub(super) async fn again(&mut self) -> Result<(), Refused> {
        self.give_back(false);
        let waiter = {
            let mut state = self.shared.lock();
            state.calls += 1;
            let waiter = Waiter::push(&self.shared, &mut state, self.number, &self.runtime);
            self.shared.hand_out(state);
            waiter
        };
        let mut granted = waiter.permit().await?;
        self.take_over(&mut granted);
        Ok(())
    }

    /// A permit of its own for what this one holds; it counts as a call as long as it lives.
    pub(super) fn hand_over(&mut self) -> Self {
        self.shared.lock().calls += 1;
        let lease = std::mem::replace(&mut self.lease, Lease::Nothing);
        Self::new(Arc::clone(&self.shared), self.number, self.runtime.clone(), lease)
    }

    /// Takes what another permit holds.
    pub(super) fn take_over(&mut self, other: &mut Self) {
        debug_assert!(matches!(self.lease, Lease::Nothing), "it would be given back by the other");
        std::mem::swap(&mut self.lease, &mut other.lease);
    }

    fn give_back(&mut self, is_over: bool) {
        let shared = &self.shared;
        let lease = match std::mem::replace(&mut self.lease, Lease::Nothing) {
            Lease::Exclusive { connection, .. } if !connection.is_at_rest() => {
                connection.leave(shared);
                Lease::Nothing
            }
            lease => lease,
        };
        let mut state = shared.lock();
        // What is not kept is dropped when the lock is free.
        let mut spare = Lease::Nothing;
        let mut spare_sender = None;
        match lease {
            Lease::Nothing => {}
            Lease::Dial { probing } => {
                state.sockets.abandon_dial();
                state.local(&self.runtime).pending.end_dial(probing);
            }
            Lease::Handshake { probing } => {
                state.local(&self.runtime).pending.end_dial(probing);
            }
            Lease::Exclusive { connection, reused } => {
                state.remove_call(connection.socket);
                if let Some(connection) = state.rest(connection) {
                    spare = Lease::Exclusive { connection, reused };
                }
            }
            Lease::Stream { socket, sender, reused } => {
                spare_sender = state.close_stream(socket);
                spare = Lease::Stream { socket, sender, reused };
            }
        }
        if is_over {
            shared.call_ended(state);
        } else {
            shared.hand_out(state);
        }
        drop((spare, spare_sender));
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.give_back(true);
    }
}

/// A call that waits in the queue. Dropped, it leaves; what was just given to it goes to the next.
pub(super) struct Waiter {
    shared: Arc<Shared<Http>>,
    number: u64,
    runtime: Id,
    granted: oneshot::Receiver<Result<Permit, Refused>>,
}

/// The pool's end of a waiter.
pub(super) struct CallRecipient {
    shared: Arc<Shared<Http>>,
    number: u64,
    runtime: Handle,
    waiter: oneshot::Sender<Result<Permit, Refused>>,
}

impl Waiter {
    pub(super) fn push(
        shared: &Arc<Shared<Http>>,
        state: &mut State<Http>,
        number: u64,
        runtime: &Handle,
    ) -> Self {
        let (waiter, granted) = oneshot::channel();
        let (shared, id) = (Arc::clone(shared), runtime.id());
        let recipient =
            CallRecipient { shared: Arc::clone(&shared), number, runtime: runtime.clone(), waiter };
        state.local(runtime).wait_queue.push(number, recipient);
        Self { shared, number, runtime: id, granted }
    }

    pub(super) async fn permit(mut self) -> Result<Permit, Refused> {
        // The other end is never dropped unused.
        (&mut self.granted).await.unwrap_or(Err(Refused::Closed))
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        let local = state.find(self.runtime);
        let left = local.and_then(|local| local.wait_queue.remove(self.number));
        if left.is_some() {
            self.shared.call_ended(state);
        }
    }
}

impl Recipient<Http> for CallRecipient {
    fn give(self, lease: Lease) {
        let permit = Permit::new(self.shared, self.number, self.runtime, lease);
        drop(self.waiter.send(Ok(permit)));
    }
}

impl CallRecipient {
    /// Ends the wait of a call that no longer counts.
    pub(super) fn refuse(self, why: Refused) {
        // It may be leaving at this moment.
        let _ = self.waiter.send(Err(why));
    }
}
