//! What was set aside for one call, until it is known what it came to.

use std::sync::Arc;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider, LlmResponse, Result, Spend, Usage};

use super::account::Account;
use super::estimate::Estimate;

/// The cost of one call, set aside in a [`Ledger`](crate::Ledger).
///
/// Settled on every way out: dropped before the call was sent, it is given back; dropped after, it
/// stays counted as it was reserved, marked as an estimate.
#[derive(Debug)]
#[must_use = "dropping a reservation gives it back"]
pub struct Reservation {
    account: Arc<Account>,
    estimate: Estimate,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Reserved,
    Sent,
    Over,
}

impl Reservation {
    pub(super) fn new(account: Arc<Account>, estimate: Estimate) -> Self {
        Self { account, estimate, state: State::Reserved }
    }

    /// The request is on its way: from now on the call counts, whatever becomes of it.
    pub fn mark_sent(&mut self) {
        if self.state == State::Reserved {
            self.state = State::Sent;
        }
    }

    /// The call came to this; counts that are unknown are taken from the reservation.
    pub fn settle(self, usage: Usage) {
        self.settle_spend(Spend::of(usage));
    }

    /// As [`settle`](Self::settle), for a call that may have been several requests.
    pub(crate) fn settle_spend(mut self, spend: Spend) {
        self.state = State::Over;
        self.account.settle(self.estimate, spend);
    }

    /// Makes the call that this was set aside for.
    pub(crate) async fn complete<P: LlmProvider>(
        mut self,
        provider: &P,
        request: &ChatRequest,
    ) -> Result<LlmResponse> {
        // Whatever happens to this future from here on, the call counts.
        self.mark_sent();
        match provider.complete(request).await {
            Ok(response) => {
                self.settle(response.usage);
                Ok(response)
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    /// The call failed: given back if it cannot have been sent, else counted. Returns the error with
    /// the call's spend.
    pub(crate) fn fail(self, error: Error) -> Error {
        // A provider that makes several requests of one call says itself what they came to.
        let spend = match error.spend() {
            spend if spend.calls > 0 => spend,
            _ if was_never_sent(&error) => {
                self.refund();
                return error;
            }
            _ => Spend::of(Usage::default()),
        };
        self.settle_spend(spend);
        error.with_spend(spend)
    }

    /// Nothing was sent after all: gives everything back.
    pub fn refund(mut self) {
        self.state = State::Over;
        self.account.refund(self.estimate);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Reserved => self.account.refund(self.estimate),
            State::Sent => self.account.settle(self.estimate, Spend::of(Usage::default())),
            State::Over => {}
        }
    }
}

/// Whether nothing of the request can have reached the provider.
fn was_never_sent(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Config | ErrorKind::Unsupported | ErrorKind::Connect | ErrorKind::Tls => true,
        ErrorKind::Timeout | ErrorKind::Interrupted => !error.may_have_executed(),
        _ => false,
    }
}
