//! A call's permit: what it holds of the pool, from the moment it is let in until its answer is over.
//!
//! A call may be dropped at any point: while it waits, dials, sends or reads. A permit returns what it
//! holds when it is dropped, so that no path has to do it by hand, and the next call goes on.

use std::error::Error as StdError;
use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::runtime::{Handle, Id};
use tokio::sync::oneshot;

use super::h1;
#[cfg(feature = "http2")]
use super::h2;
use super::local::Local;
use super::parts::{Parts, Recipient};
use super::shared::Shared;
use super::socket::Closer;
use super::state::{Phase, State};
#[cfg(feature = "http2")]
use super::upload::UnderWay;
use super::wait_queue::WaitQueue;

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
    pub(super) number: u64,
    /// Where the call was made.
    pub(super) runtime: Handle,
    pub(super) lease: Lease,
    /// The request has been given to a connection; before that no server can have seen it.
    pub(super) sent: bool,
    /// How often HTTP/2 connections have refused it.
    #[cfg(feature = "http2")]
    pub(super) refusals: u8,
    /// The body of a request that was answered over HTTP/2, which may still be sent.
    #[cfg(feature = "http2")]
    pub(super) upload: Option<UnderWay>,
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
            #[cfg(feature = "http2")]
            upload: None,
        }
    }

    /// A permit for what can be had without waiting; none if nothing can, or the pool is closing.
    pub(super) fn at_once(shared: &Arc<Shared<Http>>, runtime: &Handle) -> Option<Self> {
        let mut state = shared.lock();
        if state.phase != Phase::Open {
            return None;
        }
        let lease = state.grant_at_once(runtime)?;
        state.calls += 1;
        let number = state.number();
        Some(Self::new(Arc::clone(shared), number, runtime.clone(), lease))
    }

    /// Whether a server may have seen the request.
    pub(crate) fn has_sent(&self) -> bool {
        self.sent
    }

    /// Gives back what is held, and waits again, in the place that this call had.
    pub(super) async fn again(&mut self) -> Result<(), Refused> {
        self.give_back(false);
        let waiter = self.waiter(|local| &mut local.wait_queue);
        let mut granted = waiter.permit().await?;
        self.take_over(&mut granted);
        Ok(())
    }

    /// Waits in one of the queues of this call's runtime, under the call's number.
    pub(super) fn waiter(&self, queue: Queue) -> Waiter {
        let mut state = self.shared.lock();
        state.calls += 1;
        let waiter = Waiter::push(&self.shared, &mut state, self.number, &self.runtime, queue);
        self.shared.hand_out(state);
        waiter
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
                #[cfg(feature = "http2")]
                if self.upload.take().is_some_and(|upload| !upload.is_over()) {
                    // A peer that has answered may never take the rest, and the stream is open until it does.
                    spare_sender = state.retire(&self.runtime, socket).or(spare_sender);
                }
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

/// Which of the queues of a runtime.
pub(super) type Queue = fn(&mut Local<Http>) -> &mut WaitQueue<CallRecipient>;

/// A call that waits in a queue. Dropped, it leaves; what was just given to it goes to the next.
pub(super) struct Waiter {
    shared: Arc<Shared<Http>>,
    number: u64,
    runtime: Id,
    queue: Queue,
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
        queue: Queue,
    ) -> Self {
        let (waiter, granted) = oneshot::channel();
        let (shared, id) = (Arc::clone(shared), runtime.id());
        let recipient =
            CallRecipient { shared: Arc::clone(&shared), number, runtime: runtime.clone(), waiter };
        queue(state.local(runtime)).push(number, recipient);
        Self { shared, number, runtime: id, queue, granted }
    }

    /// Leaves the queue; false if it has left before, because something was given to it.
    pub(super) fn leave(&self) -> bool {
        let mut state = self.shared.lock();
        let local = state.find(self.runtime);
        let left = local.and_then(|local| (self.queue)(local).remove(self.number));
        if left.is_some() {
            self.shared.call_ended(state);
        }
        left.is_some()
    }

    pub(super) async fn permit(mut self) -> Result<Permit, Refused> {
        poll_fn(|cx| self.poll_permit(cx)).await
    }

    pub(super) fn poll_permit(&mut self, cx: &mut Context<'_>) -> Poll<Result<Permit, Refused>> {
        // The other end is never dropped unused.
        Pin::new(&mut self.granted).poll(cx).map(|got| got.unwrap_or(Err(Refused::Closed)))
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.leave();
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
