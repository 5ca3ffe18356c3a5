//! What was set aside for one call, until it is known what it came to.

use ek_core::Usage;

use super::Ledger;
use super::budget::Amounts;

/// The cost of one call, set aside in a [`Ledger`].
///
/// Settled on every way out: dropped before the call was sent, it is given back; dropped after, it
/// stays counted as it was reserved, marked as an estimate.
#[derive(Debug)]
#[must_use = "dropping a reservation gives it back"]
pub struct Reservation {
    ledger: Ledger,
    amounts: Amounts,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Reserved,
    Sent,
    Over,
}

impl Reservation {
    pub(super) fn new(ledger: Ledger, amounts: Amounts) -> Self {
        Self { ledger, amounts, state: State::Reserved }
    }

    /// The request is on its way: from now on the call counts, whatever becomes of it.
    pub fn mark_sent(&mut self) {
        if self.state == State::Reserved {
            self.state = State::Sent;
        }
    }

    /// The call came to this; counts that are unknown are taken from the reservation.
    pub fn settle(mut self, usage: Usage) {
        self.state = State::Over;
        self.ledger.settle(self.amounts, Some(usage));
    }

    /// Nothing was sent after all: gives everything back.
    pub fn refund(mut self) {
        self.state = State::Over;
        self.ledger.refund(self.amounts);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Reserved => self.ledger.refund(self.amounts),
            State::Sent => self.ledger.settle(self.amounts, None),
            State::Over => {}
        }
    }
}
