//! A streamed call: tried until its first event, and counted at its end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ek_core::{ChatRequest, ChatStream, Error, ErrorKind, Result, StreamEvent, StreamingProvider};
use futures_util::Stream;

use super::Run;
use super::call::Call;
use crate::retry::attempts;
use crate::{Estimate, Ledger, Reservation};

impl Run {
    /// A stream, as often as it takes until its first event has come; nothing is retried after it.
    ///
    /// The call is settled when the stream ends: with the reply's usage, or as it was reserved if it
    /// breaks or is dropped.
    ///
    /// # Errors
    /// The last attempt's, or the budget's; with all that the run has spent. So too the stream's own.
    pub(crate) async fn stream<P: StreamingProvider>(
        &self,
        provider: &P,
        request: &ChatRequest,
    ) -> Result<ChatStream> {
        let (call, request) = Call::start(self, provider.model(), request, true);
        let estimate = Estimate::of(&request);
        let opened = call.span.run(attempts(
            &self.retry,
            estimate.tokens(),
            |attempt, delay, error| call.retried(attempt, delay, error),
            async || {
                let mut reservation = self.ledger.reserve(estimate)?;
                call.attempt();
                reservation.mark_sent();
                match open(provider, &request).await {
                    Ok((first, rest)) => Ok((first, rest, reservation)),
                    Err(error) => Err(reservation.fail(error)),
                }
            },
        ));
        match opened.await {
            Ok((first, rest, reservation)) => {
                let ledger = self.ledger.clone();
                let open = Some((reservation, call));
                Ok(ChatStream::new(Metered { first: Some(first), rest, open, ledger }))
            }
            Err(error) => Err(call.failed(error).with_spend(self.spend())),
        }
    }
}

/// Waits for the first event, since an error in its place can still be retried.
async fn open<P: StreamingProvider>(
    provider: &P,
    request: &ChatRequest,
) -> Result<(StreamEvent, ChatStream)> {
    let mut stream = provider.stream(request).await?;
    match stream.next().await {
        Some(first) => Ok((first?, stream)),
        None => Err(Error::new(ErrorKind::Interrupted, "the stream ended before its first event")),
    }
}

/// A stream with its reservation, until it is known what it came to.
struct Metered {
    first: Option<StreamEvent>,
    rest: ChatStream,
    open: Option<(Reservation, Call)>,
    ledger: Ledger,
}

impl Stream for Metered {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let event = match this.first.take() {
            Some(first) => Some(Ok(first)),
            None => ready!(Pin::new(&mut this.rest).poll_next(cx)),
        };
        Poll::Ready(match event {
            Some(Ok(StreamEvent::Done(response))) => {
                if let Some((reservation, call)) = this.open.take() {
                    reservation.settle(response.usage);
                    call.finished(&response);
                }
                Some(Ok(StreamEvent::Done(response)))
            }
            Some(Err(error)) => {
                let error = match this.open.take() {
                    Some((reservation, call)) => call.failed(reservation.fail(error)),
                    None => error,
                };
                Some(Err(error.with_spend(this.ledger.spend())))
            }
            other => other,
        })
    }
}
