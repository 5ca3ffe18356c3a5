//! A stream whose provider is judged by how it ends.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ek_core::{ChatStream, Result, StreamEvent};
use futures_util::Stream;

use super::member::Permit;
use crate::{Ledger, Reservation};

pub(super) struct Watched {
    first: Option<StreamEvent>,
    rest: ChatStream,
    open: Option<(Permit, Reservation)>,
    /// What the call came to, over all providers.
    ledger: Ledger,
}

impl Watched {
    pub(super) fn new(
        first: StreamEvent,
        rest: ChatStream,
        permit: Permit,
        reservation: Reservation,
        ledger: Ledger,
    ) -> Self {
        // The answer has begun: no probe of a half-open circuit takes longer than that.
        permit.answered();
        Self { first: Some(first), rest, open: Some((permit, reservation)), ledger }
    }
}

impl Stream for Watched {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let event = match this.first.take() {
            Some(first) => Some(Ok(first)),
            None => ready!(Pin::new(&mut this.rest).poll_next(cx)),
        };
        Poll::Ready(match event {
            Some(Ok(StreamEvent::Done(response))) => {
                if let Some((_, reservation)) = this.open.take() {
                    reservation.settle(response.usage);
                }
                Some(Ok(StreamEvent::Done(response)))
            }
            Some(Err(error)) => Some(Err(match this.open.take() {
                Some((permit, reservation)) => {
                    // Too late for another provider, but a failure of this one all the same.
                    permit.failed(&error, error.kind().is_retryable());
                    reservation.fail(error).with_spend(this.ledger.spend())
                }
                None => error,
            })),
            other => other,
        })
    }
}
