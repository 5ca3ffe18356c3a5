//! A streamed call: tried until its first event, and counted at its end.

use ek_core::{ChatRequest, ChatStream, Error, LlmResponse, Result, StreamingProvider};

use super::Run;
use super::call::Call;
use crate::retry::{Leave, attempts};
use crate::streams::{self, End};
use crate::{Estimate, Ledger, Reservation};

impl Run {
    /// A stream, as often as it takes until its first event has come; nothing is retried after it.
    ///
    /// The call is settled when the stream ends: with the reply's usage, or an estimate of what came
    /// where none was reported or it broke; as it was reserved if it is dropped.
    ///
    /// # Errors
    /// The last attempt's, or the budget's; with all that the run has spent. So too the stream's own.
    pub(crate) async fn stream<P: StreamingProvider>(
        &self,
        provider: &P,
        request: &ChatRequest,
    ) -> Result<ChatStream> {
        let (call, request) = Call::start(self, provider, request, true);
        let estimate = Estimate::with_default(&request, provider.default_max_tokens());
        let opened = call.span.run(attempts(
            &self.retry,
            estimate.tokens(),
            |attempt, delay, error| call.retried(attempt, delay, error),
            async |leave: Leave| {
                let (mut reservation, request) = self.ledger.admit(provider, &request).await?;
                call.attempt();
                reservation.mark_sent();
                match streams::open(provider, &request).await {
                    Ok(opened) => Ok((opened, reservation, leave)),
                    Err(error) => Err(fail(reservation, leave, error)),
                }
            },
        ));
        match opened.await {
            Ok((opened, reservation, leave)) => {
                let ledger = self.ledger.clone();
                Ok(opened.ending_with(Metered { reservation, leave, call, ledger }))
            }
            Err(error) => Err(call.failed(error).with_spend(self.spend())),
        }
    }
}

/// Settles an attempt that failed.
pub(super) fn fail(reservation: Reservation, leave: Leave, error: Error) -> Error {
    let error = reservation.fail(error);
    if error.spend().calls == 0 {
        leave.unused();
    }
    error
}

/// What a stream holds until it is known what it came to.
struct Metered {
    reservation: Reservation,
    leave: Leave,
    call: Call,
    ledger: Ledger,
}

impl End for Metered {
    fn done(self, reply: &LlmResponse) {
        self.reservation.streamed(reply);
        self.leave.answered(reply);
        self.call.finished(reply);
    }

    fn failed(self, error: Error) -> Error {
        let error = self.call.failed(self.reservation.fail(error));
        error.with_spend(self.ledger.spend())
    }
}
