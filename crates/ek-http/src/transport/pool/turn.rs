//! A call's turn: what it holds of the pool, from the moment it was let in until its answer is over.
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
pub(crate) struct Turn {
    pub(super) shared: Arc<Shared>,
    number: u64,
    /// Where the call was made.
    pub(super) runtime: Handle,
    pub(super) hold: Hold,
    /// The request has been given to a connection; before that no server can have seen it.
    pub(super) sent: bool,
    /// How often HTTP/2 connections have refused it.
    #[cfg(feature = "http2")]
    pub(super) refusals: u8,
}

/// What a turn holds.
pub(super) enum Hold {
    Nothing,
    /// A place among the sockets, to dial.
    Dial {
        decides: bool,
    },
    /// The place has gone over to the socket, whose protocol is being settled.
    Handshake {
        decides: bool,
    },
    Http1 {
        handle: h1::Handle,
        /// It has carried a call before, and may be stale.
        reused: bool,
    },
    #[cfg(feature = "http2")]
    Http2(h2::Stream),
}

impl Turn {
    pub(super) fn new(shared: Arc<Shared>, number: u64, runtime: Handle, hold: Hold) -> Self {
        Self {
            shared,
            number,
            runtime,
            hold,
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
            let waiting = Waiting::join(&self.shared, &mut state, self.number, &self.runtime);
            self.shared.settle(state);
            waiting
        };
        let mut granted = waiting.turn().await?;
        self.take_over(&mut granted);
        Ok(())
    }

    /// A turn of its own for what this one holds; it counts as a call as long as it lives.
    pub(super) fn hand_over(&mut self) -> Self {
        self.shared.lock().calls += 1;
        let hold = std::mem::replace(&mut self.hold, Hold::Nothing);
        Self::new(Arc::clone(&self.shared), self.number, self.runtime.clone(), hold)
    }

    /// Takes what another turn holds.
    pub(super) fn take_over(&mut self, other: &mut Self) {
        debug_assert!(matches!(self.hold, Hold::Nothing), "it would be given back by the other");
        std::mem::swap(&mut self.hold, &mut other.hold);
    }

    fn give_back(&mut self, is_over: bool) {
        let shared = &self.shared;
        let hold = match std::mem::replace(&mut self.hold, Hold::Nothing) {
            Hold::Http1 { handle, .. } if !handle.is_at_rest() => {
                handle.leave(shared);
                Hold::Nothing
            }
            hold => hold,
        };
        let mut state = shared.lock();
        // Whatever is not kept is dropped when the lock is free.
        let mut spare = Hold::Nothing;
        #[cfg(feature = "http2")]
        let mut spare_sender = None;
        match hold {
            Hold::Nothing => {}
            Hold::Dial { decides } => {
                state.sockets.gave_up();
                state.local(&self.runtime).hopes.dialled(decides);
            }
            Hold::Handshake { decides } => state.local(&self.runtime).hopes.dialled(decides),
            Hold::Http1 { handle, reused } => {
                state.let_go(handle.socket);
                if let Some(handle) = state.rest(handle, shared) {
                    spare = Hold::Http1 { handle, reused };
                }
            }
            #[cfg(feature = "http2")]
            Hold::Http2(stream) => {
                spare_sender = state.close_stream(&stream, shared);
                spare = Hold::Http2(stream);
            }
        }
        if is_over {
            shared.call_ended(state);
        } else {
            shared.settle(state);
        }
        drop(spare);
        #[cfg(feature = "http2")]
        drop(spare_sender);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.give_back(true);
    }
}

/// A call that stands in line. Dropped, it leaves; what was just handed to it goes to the next.
pub(super) struct Waiting {
    shared: Arc<Shared>,
    number: u64,
    runtime: Id,
    granted: oneshot::Receiver<Result<Turn, Refused>>,
}

impl Waiting {
    pub(super) fn join(
        shared: &Arc<Shared>,
        state: &mut State,
        number: u64,
        runtime: &Handle,
    ) -> Self {
        let (grant, granted) = oneshot::channel();
        state.local(runtime).line.join(number, grant);
        Self { shared: Arc::clone(shared), number, runtime: runtime.id(), granted }
    }

    pub(super) async fn turn(mut self) -> Result<Turn, Refused> {
        // The sender is dropped unused only with the pool.
        (&mut self.granted).await.unwrap_or(Err(Refused::Closed))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        let left = state.find(self.runtime).and_then(|local| local.line.leave(self.number));
        if left.is_some() {
            self.shared.call_ended(state);
        }
    }
}
