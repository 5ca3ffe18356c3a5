//! A call's permit: what it holds of the pool, from the moment it was let in until its answer is over.
//!
//! Dropped at any point, it gives back what it holds, and whoever is next goes on.

use std::sync::Arc;

use tokio::runtime::{Handle, Id};
use tokio::sync::oneshot;

#[cfg(feature = "http2")]
use super::h2;
use super::state::{Shared, State};
use super::{Refused, h1};

/// Leave to make one request. Kept until the answer's body is at its end or dropped.
pub(crate) struct Permit {
    pub(super) shared: Arc<Shared>,
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

/// What a permit holds.
pub(super) enum Lease {
    Nothing,
    /// A place among the sockets, to dial.
    Dial {
        probing: bool,
    },
    /// The place has gone over to the socket, whose protocol is being settled.
    Handshake {
        probing: bool,
    },
    Http1 {
        handle: h1::Handle,
        /// It has carried a call before, and may be stale.
        reused: bool,
    },
    #[cfg(feature = "http2")]
    Http2(h2::Stream),
}

impl Permit {
    pub(super) fn new(shared: Arc<Shared>, number: u64, runtime: Handle, lease: Lease) -> Self {
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
        let waiting = {
            let mut state = self.shared.lock();
            state.calls += 1;
            let waiting = Waiter::join(&self.shared, &mut state, self.number, &self.runtime);
            self.shared.hand_out(state);
            waiting
        };
        let mut granted = waiting.permit().await?;
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
            Lease::Http1 { handle, .. } if !handle.is_at_rest() => {
                handle.leave(shared);
                Lease::Nothing
            }
            lease => lease,
        };
        let mut state = shared.lock();
        // Whatever is not kept is dropped when the lock is free.
        let mut spare = Lease::Nothing;
        #[cfg(feature = "http2")]
        let mut spare_sender = None;
        match lease {
            Lease::Nothing => {}
            Lease::Dial { probing } => {
                state.sockets.abandon_dial();
                state.local(&self.runtime).pending.dialled(probing);
            }
            Lease::Handshake { probing } => state.local(&self.runtime).pending.dialled(probing),
            Lease::Http1 { handle, reused } => {
                state.remove_call(handle.socket);
                if let Some(handle) = state.rest(handle, shared) {
                    spare = Lease::Http1 { handle, reused };
                }
            }
            #[cfg(feature = "http2")]
            Lease::Http2(stream) => {
                spare_sender = state.close_stream(&stream, shared);
                spare = Lease::Http2(stream);
            }
        }
        if is_over {
            shared.call_ended(state);
        } else {
            shared.hand_out(state);
        }
        drop(spare);
        #[cfg(feature = "http2")]
        drop(spare_sender);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.give_back(true);
    }
}

/// A call that stands in line. Dropped, it leaves; what was just handed to it goes to the next.
pub(super) struct Waiter {
    shared: Arc<Shared>,
    number: u64,
    runtime: Id,
    granted: oneshot::Receiver<Result<Permit, Refused>>,
}

impl Waiter {
    pub(super) fn join(
        shared: &Arc<Shared>,
        state: &mut State,
        number: u64,
        runtime: &Handle,
    ) -> Self {
        let (grant, granted) = oneshot::channel();
        state.local(runtime).wait_queue.push(number, grant);
        Self { shared: Arc::clone(shared), number, runtime: runtime.id(), granted }
    }

    pub(super) async fn permit(mut self) -> Result<Permit, Refused> {
        // The sender is dropped unused only with the pool.
        (&mut self.granted).await.unwrap_or(Err(Refused::Closed))
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        let left = state.find(self.runtime).and_then(|local| local.wait_queue.remove(self.number));
        if left.is_some() {
            self.shared.call_ended(state);
        }
    }
}
