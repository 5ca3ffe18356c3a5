//! One call: tried as often as the settings allow, counted each time, and told of.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ek_core::{ChatRequest, Error, LlmProvider, LlmResponse, Result};
use tokio::time::Instant;

use super::Run;
use super::stream::fail;
use crate::Estimate;
use crate::observe::{self, CallSpan, Event, Observer};
use crate::retry::{Leave, attempts};

impl Run {
    /// One call, as often as it takes.
    ///
    /// # Errors
    /// The last attempt's, or the budget's; with all that the run has spent.
    pub(crate) async fn complete<P: LlmProvider>(
        &self,
        provider: &P,
        request: &ChatRequest,
    ) -> Result<LlmResponse> {
        let (call, request) = Call::start(self, provider, request, false);
        let estimate = Estimate::with_default(&request, provider.default_max_tokens());
        let outcome = call.span.run(attempts(
            &self.retry,
            estimate.tokens(),
            |attempt, delay, error| call.retried(attempt, delay, error),
            async |leave: Leave| {
                let (mut reservation, request) = self.ledger.admit(provider, &request).await?;
                call.attempt();
                // Whatever happens to this future from here on, the call counts.
                reservation.mark_sent();
                match provider.complete(&request).await {
                    Ok(response) => {
                        reservation.answered(&response);
                        leave.answered(&response);
                        Ok(response)
                    }
                    Err(error) => Err(fail(reservation, leave, error)),
                }
            },
        ));
        match outcome.await {
            Ok(response) => {
                call.finished(&response);
                Ok(response)
            }
            Err(error) => Err(call.failed(error).with_spend(self.spend())),
        }
    }
}

/// What is known of a call while it lasts.
pub(super) struct Call {
    number: u64,
    attempts: AtomicU32,
    begun: Instant,
    observer: Option<Arc<dyn Observer>>,
    pub(super) span: CallSpan,
}

impl Call {
    /// Numbers the call and gives its request a key.
    pub(super) fn start<'a, P: LlmProvider>(
        run: &Run,
        provider: &P,
        request: &'a ChatRequest,
        streams: bool,
    ) -> (Self, Cow<'a, ChatRequest>) {
        let number = run.next_call();
        let model = request.model.as_deref().or_else(|| provider.model());
        let asked = (provider.provider_name(), model);
        let call = Self {
            number,
            attempts: 0.into(),
            begun: Instant::now(),
            observer: run.observer.clone(),
            span: CallSpan::new(&run.span, asked, request, streams, run.capture_content),
        };
        call.tell(&Event::CallStarted { call: number, model });
        (call, run.keys.apply(request, number, run.retry.max_attempts > 1))
    }

    pub(super) fn attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn retried(&self, attempt: u32, delay: Duration, error: &Error) {
        let kind = error.kind();
        self.tell(&Event::RetryScheduled { call: self.number, attempt, delay, kind });
    }

    pub(super) fn finished(&self, response: &LlmResponse) {
        self.span.record_response(response);
        self.tell(&Event::CallFinished {
            call: self.number,
            attempts: self.attempts(),
            usage: response.usage,
            elapsed: self.begun.elapsed(),
        });
    }

    pub(super) fn failed(&self, error: Error) -> Error {
        self.span.record_error(&error);
        self.tell(&Event::CallFailed {
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

    fn tell(&self, event: &Event<'_>) {
        observe::tell(self.observer.as_ref(), event);
    }
}
