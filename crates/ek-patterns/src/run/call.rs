//! One call: tried as often as the settings allow, each attempt counted and observed.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ek_core::{
    ChatRequest, ChatStream, Error, LlmProvider, LlmResponse, Result, StreamingProvider, Usage,
};
use tokio::time::Instant;

use super::Run;
use crate::answer::{Answer, End, PrimedStream, WholeAnswer};
use crate::asked::Asked;
use crate::ledger::RequestTo;
use crate::observe::{self, CallSpan, Event, Observer};
use crate::retry::{AttemptPermit, attempts};
use crate::{Estimate, Ledger, Reservation};

impl Run {
    /// One call, retried as the options say.
    ///
    /// # Errors
    /// The last attempt's, or the budget's; with all that the run has spent.
    pub(crate) async fn complete<P: LlmProvider>(
        &self,
        provider: &P,
        request: &ChatRequest,
    ) -> Result<LlmResponse> {
        let (call, request) = Call::start(self, provider, request, false);
        let estimate = request.estimate(provider);
        let response: LlmResponse = self.whole(&call, provider, &*request, estimate).await?;
        call.finished(&response);
        Ok(response)
    }

    /// A stream; the call is retried until the first event has come, and not after it.
    ///
    /// The call is settled when the stream ends: with the reply's usage, or an estimate of what came
    /// where none was reported or it broke; as it was reserved if it is dropped.
    ///
    /// # Errors
    /// The last attempt's, or the budget's; with all that the run has spent. The same holds for the errors
    /// of the stream.
    pub(crate) async fn stream<P: StreamingProvider>(
        &self,
        provider: &P,
        request: &ChatRequest,
    ) -> Result<ChatStream> {
        let (call, request) = Call::start(self, provider, request, true);
        let estimate = request.estimate(provider);
        let (stream, reservation, permit): (PrimedStream, _, _) =
            self.call(&call, provider, &*request, estimate).await?;
        let ledger = self.ledger.clone();
        Ok(stream.with_end(Unsettled { reservation, permit, call, ledger }))
    }

    /// The whole answer to one of the attempts, settled.
    pub(super) async fn whole<P, A: Answer<P> + WholeAnswer>(
        &self,
        call: &Call,
        provider: &P,
        request: &A::Request,
        estimate: Estimate,
    ) -> Result<A> {
        let (answer, reservation, permit): (A, _, _) =
            self.call(call, provider, request, estimate).await?;
        reservation.answered(&answer);
        permit.took(answer.usage());
        Ok(answer)
    }

    /// The answer to one of the attempts, and what is then to be settled.
    async fn call<P, A: Answer<P>>(
        &self,
        call: &Call,
        provider: &P,
        request: &A::Request,
        estimate: Estimate,
    ) -> Result<(A, Reservation, AttemptPermit)> {
        let outcome = call.span.run(attempts(
            &self.retry,
            estimate.tokens(),
            |attempt, delay, error| call.retried(attempt, delay, error),
            async |mut permit: AttemptPermit| {
                let admitted = request.admit(&self.ledger, provider, estimate).await;
                let (mut reservation, request) = admitted?;
                call.attempt();
                // From here on the call counts, also where this future is dropped.
                reservation.mark_sent();
                permit.mark_sent();
                match A::ask(provider, &request).await {
                    Ok(answer) => Ok((answer, reservation, permit)),
                    Err(error) => {
                        permit.failed(&error);
                        Err(reservation.fail(error))
                    }
                }
            },
        ));
        outcome.await.map_err(|error| call.failed(error).with_spend(self.spend()))
    }
}

/// What a stream holds after its beginning, until its usage is known.
struct Unsettled {
    reservation: Reservation,
    permit: AttemptPermit,
    call: Call,
    ledger: Ledger,
}

impl End for Unsettled {
    fn done(self, reply: &LlmResponse) {
        self.reservation.streamed(reply);
        self.permit.took(reply.usage);
        self.call.finished(reply);
    }

    fn failed(self, error: Error) -> Error {
        let error = self.call.failed(self.reservation.fail(error));
        error.with_spend(self.ledger.spend())
    }
}

/// A call that is under way.
pub(super) struct Call {
    number: u64,
    attempts: AtomicU32,
    begun: Instant,
    observer: Option<Arc<dyn Observer>>,
    pub(super) span: CallSpan,
}

impl Call {
    /// Numbers the call and gives its request a key.
    fn start<'a, P: LlmProvider>(
        run: &Run,
        provider: &P,
        request: &'a ChatRequest,
        streams: bool,
    ) -> (Self, Cow<'a, ChatRequest>) {
        let model = request.asked_model().or_else(|| provider.model());
        let asked = (provider.provider_name(), model);
        let span = CallSpan::new(&run.span, asked, request, streams, run.capture_content);
        let call = Self::begin(run, model, span);
        let key = call.key(run, request.idempotency_key.as_deref());
        let request = match key {
            Some(key) => Cow::Owned(request.clone().with_idempotency_key(key)),
            None => Cow::Borrowed(request),
        };
        (call, request)
    }

    /// Numbers the call.
    pub(super) fn begin(run: &Run, model: Option<&str>, span: CallSpan) -> Self {
        let number = run.next_call();
        let observer = run.observer.clone();
        let call = Self { number, attempts: 0.into(), begun: Instant::now(), observer, span };
        call.notify(&Event::CallStarted { call: number, model });
        call
    }

    /// The key of the call, where it needs another one than the request's own.
    pub(super) fn key(&self, run: &Run, own: Option<&str>) -> Option<String> {
        run.keys.of_call(own, self.number, run.retry.max_attempts > 1)
    }

    pub(super) fn attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn retried(&self, attempt: u32, delay: Duration, error: &Error) {
        let kind = error.kind();
        self.notify(&Event::RetryScheduled { call: self.number, attempt, delay, kind });
    }

    fn finished(&self, response: &LlmResponse) {
        self.span.record_response(response);
        self.answered(response.usage);
    }

    /// Reports that the call was answered.
    pub(super) fn answered(&self, usage: Usage) {
        self.notify(&Event::CallFinished {
            call: self.number,
            attempts: self.attempts(),
            usage,
            elapsed: self.begun.elapsed(),
        });
    }

    pub(super) fn failed(&self, error: Error) -> Error {
        self.span.record_error(&error);
        self.notify(&Event::CallFailed {
            call: self.number,
            attempts: self.attempts(),
            kind: error.kind(),
            elapsed: self.begun.elapsed(),
        });
        error
    }

    fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    fn notify(&self, event: &Event<'_>) {
        observe::notify(self.observer.as_ref(), event);
    }
}
