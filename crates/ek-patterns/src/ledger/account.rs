//! One account of the tree that ledgers form: what counts against its budget, and against those above.
//!
//! Stands apart because it is all that has to be atomic, and so all that the model checker looks at
//! (`model.rs`, which compiles this file a second time with another lock).

use std::sync::Arc;

use ek_core::Spend;

use super::budget::{Amounts, Budget, Limit};
use super::estimate::Estimate;
use super::lock::{Mutex, MutexGuard, lock};

/// A budget, what counts against it, and the account that it is a part of.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) budget: Budget,
    parent: Option<Arc<Account>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What providers reported.
    spend: Spend,
    /// What counts against the budget: settled calls, and those under way at their reservation.
    charged: Amounts,
    /// Settled calls of which some count is the reservation's.
    estimated_calls: u64,
}

/// Which limit does not cover a call, here or above, and what was spent here so far.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) limit: Limit,
    pub(super) spend: Spend,
}

impl Account {
    pub(super) fn new(budget: Budget, parent: Option<Arc<Self>>) -> Self {
        Self { budget, parent, state: Mutex::default() }
    }

    pub(super) fn spend(&self) -> Spend {
        self.lock().spend
    }

    pub(super) fn estimated_calls(&self) -> u64 {
        self.lock().estimated_calls
    }

    /// Counts a call here and in every account above, or nowhere.
    ///
    /// The locks are held from the leaf to the root, always in that order, so that no other call can
    /// be refused for the sake of one that is itself refused further up.
    pub(super) fn charge(&self, estimate: Estimate) -> Result<(), Box<Refused>> {
        let amounts = self.budget.amounts(estimate);
        let mut state = self.lock();
        let spend = state.spend;
        if let Some(limit) = self.budget.short(state.charged, amounts) {
            return Err(Box::new(Refused { limit, spend }));
        }
        if let Some(parent) = &self.parent {
            parent.charge(estimate).map_err(|refused| Box::new(Refused { spend, ..*refused }))?;
        }
        state.charged = state.charged.plus(amounts);
        Ok(())
    }

    /// Replaces what was charged for a call by what it came to; unknown counts stay as reserved.
    pub(super) fn settle(&self, reserved: Estimate, spend: Spend) {
        let (actual, estimated) = self.budget.settled(reserved, spend);
        let mut state = self.lock();
        state.charged = state.charged.minus(self.budget.amounts(reserved)).plus(actual);
        state.spend += spend;
        state.estimated_calls += u64::from(estimated);
        if let Some(parent) = &self.parent {
            parent.settle(reserved, spend);
        }
    }

    /// Forgets a call that was never sent.
    pub(super) fn refund(&self, reserved: Estimate) {
        let mut state = self.lock();
        state.charged = state.charged.minus(self.budget.amounts(reserved));
        if let Some(parent) = &self.parent {
            parent.refund(reserved);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
