//! What is reserved for one call, until its cost is known.

use std::sync::Arc;

use ek_core::{Error, ErrorKind, LlmResponse, Spend, Usage};

use super::account::{Account, Ticket};
use super::amounts::{Amounts, Need};
use super::estimate::Estimate;
use crate::Rates;
use crate::answer::WholeAnswer;

/// The cost of one call, reserved in a [`Ledger`](crate::Ledger).
///
/// It is settled in every case: dropped before the call was sent, it is given back; dropped later, it stays
/// counted as it was reserved, as an estimate.
///
/// ```
/// use ek_core::Usage;
/// use ek_patterns::{Budget, Estimate, Ledger};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// // A call that no provider of this library makes.
/// let ledger = Ledger::new(Budget::default().with_output_tokens(1_000))?;
/// let mut reservation = ledger.acquire(Estimate::new(200, 300)).await?;
/// reservation.mark_sent();
/// reservation.settle(Usage::new(190, 120));
/// assert_eq!(ledger.spend().usage.output_tokens, Some(120));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "dropping a reservation gives it back"]
pub struct Reservation {
    account: Arc<Account>,
    need: Need,
    ticket: Ticket,
    stage: Stage,
}

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    Reserved,
    Sent,
    Over,
}

impl Reservation {
    /// Takes over what was charged to the account for this need.
    pub(super) fn new(account: Arc<Account>, need: Need, ticket: Ticket) -> Self {
        Self { account, need, ticket, stage: Stage::Reserved }
    }

    /// The request is sent: from now on the call counts, also where it fails.
    pub fn mark_sent(&mut self) {
        if self.stage == Stage::Reserved {
            self.stage = Stage::Sent;
        }
    }

    /// The reserved output.
    pub(super) fn output(&self) -> u64 {
        self.need.estimate.output_tokens
    }

    /// The call took this; unknown counts are taken from the reservation.
    pub fn settle(mut self, usage: Usage) {
        let rates = self.need.rates;
        self.settle_spend(Spend::of(usage), None, rates);
    }

    /// The call was answered.
    pub(crate) fn answered(mut self, answer: &impl WholeAnswer) {
        let rates = self.rates_of(answer.model());
        self.settle_spend(Spend::of(answer.usage()), None, rates);
    }

    /// The call was answered with this streamed reply: where its output was not reported, it is estimated
    /// from what came.
    pub(crate) fn streamed(mut self, reply: &LlmResponse) {
        let rates = self.rates_of(reply.model.as_deref());
        self.settle_spend(Spend::of(reply.usage), came(reply), rates);
    }

    /// The call failed. It is given back if it cannot have been sent, costs nothing if it was refused, and
    /// counts in every other case, by what came of the reply where that is known. Returns the error with the
    /// spend of the call.
    pub(crate) fn fail(mut self, error: Error) -> Error {
        let rates = self.need.rates;
        let spend = error.spend();
        let spend = if was_never_sent(&error) {
            self.give_back();
            return error;
        } else if spend.calls > 0 {
            // A provider that makes several requests for one call reports their spend itself.
            self.settle_spend(spend, None, rates);
            spend
        } else if let Some(partial) = error.partial() {
            let (spend, rates) =
                (Spend::of(partial.usage), self.rates_of(partial.model.as_deref()));
            self.settle_spend(spend, came(partial), rates);
            spend
        } else {
            let known = !error.may_have_executed();
            let spend = if known { Spend::refused() } else { Spend::of(Usage::default()) };
            self.settle_spend(spend, None, rates);
            spend
        };
        error.with_spend(spend)
    }

    /// Nothing was sent: gives everything back.
    pub fn refund(mut self) {
        self.give_back();
    }

    fn give_back(&mut self) {
        self.stage = Stage::Over;
        self.account.refund(self.charged());
    }

    /// What was charged, computed anew: a reservation is moved more often than it is settled.
    fn charged(&self) -> (Amounts, Ticket) {
        (self.need.amounts(), self.ticket)
    }

    /// The prices of the model that answered, which may be another one than the request's.
    fn rates_of(&self, model: Option<&str>) -> Option<Rates> {
        let own = model.and_then(|model| self.account.rates_of_reply(model));
        own.or(self.need.rates)
    }

    fn settle_spend(&mut self, spend: Spend, came: Option<u64>, rates: Option<Rates>) {
        self.stage = Stage::Over;
        self.account.settle(self.charged(), spend, self.need.settled(spend, came, rates));
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        match self.stage {
            Stage::Reserved => self.give_back(),
            Stage::Sent => self.settle_spend(Spend::of(Usage::default()), None, self.need.rates),
            Stage::Over => {}
        }
    }
}

/// How much output a reply shows; `None` where it shows nothing, since its output is then unknown.
fn came(reply: &LlmResponse) -> Option<u64> {
    Some(Estimate::of_reply(reply)).filter(|tokens| *tokens > 0)
}

/// Whether the request cannot have reached the provider.
pub(crate) fn was_never_sent(error: &Error) -> bool {
    if error.spend().calls > 0 || error.partial().is_some() {
        return false;
    }
    match error.kind() {
        ErrorKind::Config | ErrorKind::Unsupported | ErrorKind::Connect | ErrorKind::Tls => true,
        ErrorKind::Timeout | ErrorKind::Interrupted => !error.may_have_executed(),
        _ => false,
    }
}
