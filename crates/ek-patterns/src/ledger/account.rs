//! One account in the tree of ledgers: what counts against its budget, and against those above it.
//!
//! It is a file of its own because it has everything that must be atomic. The model checker (`model.rs`)
//! compiles this file a second time, with another lock.

use std::sync::Arc;
use std::time::Duration;

use ek_core::Spend;

use super::amounts::{Amounts, Limit, Need, amount, trillionths};
use super::budget::Budget;
use super::lock::{Freed, Mutex, MutexGuard, lock};
use crate::Rates;

/// A budget, what counts against it, and the account above.
#[derive(Debug, Default)]
pub(super) struct Account {
    budget: Budget,
    parent: Option<Arc<Account>>,
    balance: Mutex<Balance>,
    /// Wakes callers that wait for calls under way; one for the whole tree.
    freed: Arc<Freed>,
}

#[derive(Debug, Default)]
struct Balance {
    /// What providers reported.
    spend: Spend,
    /// Calls that are over.
    settled: Amounts,
    /// Calls under way, each as it was reserved.
    reserved: Amounts,
    /// Settled calls of which some count is an estimate.
    estimated_calls: u64,
}

impl Balance {
    /// What is certain to stay charged when the calls under way are over: each of them counts as a call, but
    /// its tokens may come back.
    fn lasting(&self) -> Amounts {
        Amounts { calls: self.settled.plus(self.reserved).calls, ..self.settled }
    }
}

/// A limit that does not cover a call, here or above.
#[derive(Debug)]
pub(super) struct Refused {
    limit: Limit,
    settled: Amounts,
    reserved: Amounts,
    needed: Amounts,
    /// How long to wait for calls under way, which may give back what is missing; `None` if they cannot give
    /// back enough.
    pub(super) wait: Option<Duration>,
}

impl Refused {
    pub(super) fn message(&self) -> String {
        self.limit.explain(self.settled, self.reserved, self.needed)
    }
}

/// Why a call has no price although it needs one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unpriced {
    /// The table has no usable price for this model.
    Model,
    /// There is a limit in money, and no table.
    NoTable,
}

impl Account {
    pub(super) fn new(budget: Budget, parent: Option<Arc<Self>>) -> Self {
        let freed = parent.as_ref().map(|parent| Arc::clone(&parent.freed)).unwrap_or_default();
        Self { budget, parent, balance: Mutex::default(), freed }
    }

    pub(super) fn spend(&self) -> Spend {
        self.lock().spend
    }

    pub(super) fn estimated_calls(&self) -> u64 {
        self.lock().estimated_calls
    }

    /// What the calls that are over cost.
    pub(super) fn cost(&self) -> f64 {
        amount(self.lock().settled.cost)
    }

    pub(super) fn freed(&self) -> &Freed {
        &self.freed
    }

    /// The account and those above it.
    fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |account| account.parent.as_deref())
    }

    /// Whether longer replies use up more of any budget.
    pub(super) fn binds_output(&self) -> bool {
        self.chain().any(|account| account.budget.binds_output())
    }

    /// The prices of a call to this model: those of the innermost budget that has any.
    pub(super) fn rates(&self, model: Option<&str>) -> Result<Option<Rates>, Unpriced> {
        match self.chain().find_map(|account| account.budget.prices.as_ref()) {
            Some(prices) => {
                let rates = prices.rates(model).filter(Rates::are_usable);
                rates.map(Some).ok_or(Unpriced::Model)
            }
            None if self.chain().any(|account| account.budget.cost.is_some()) => {
                Err(Unpriced::NoTable)
            }
            None => Ok(None),
        }
    }

    /// The own prices of the model that a reply names; a failover may have used another model than the
    /// request's.
    pub(super) fn rates_of_reply(&self, model: &str) -> Option<Rates> {
        let prices = self.chain().find_map(|account| account.budget.prices.as_ref())?;
        if !prices.knows_models() {
            return None;
        }
        prices.own_rates(model).filter(Rates::are_usable)
    }

    /// How much output a call of this need may have, when all calls under way have given back their tokens.
    pub(super) fn left(&self, need: &Need) -> u64 {
        let mut without = *need;
        without.estimate.output_tokens = 0;
        self.chain().map(|account| account.own_left(without)).min().unwrap_or(u64::MAX)
    }

    fn own_left(&self, mut need: Need) -> u64 {
        let (charged, budget) = (self.lock().lasting(), &self.budget);
        let base = need.amounts();
        if budget.short(charged, base).is_some() {
            return 0;
        }
        let tokens = budget.output_tokens.map_or(u64::MAX, |l| l.saturating_sub(charged.output));
        let money = budget.cost.zip(need.rates).map_or(u64::MAX, |(limit, rates)| {
            let left = trillionths(limit).saturating_sub(charged.plus(base).cost);
            rates.output.buys(amount(left)).saturating_add(1)
        });
        // Prices are floats, so what the money buys may be off by a token.
        let output = &mut need.estimate.output_tokens;
        *output = tokens.min(money);
        while need.estimate.output_tokens > 0 && budget.short(charged, need.amounts()).is_some() {
            let output = &mut need.estimate.output_tokens;
            *output -= (*output >> 40).max(1);
        }
        need.estimate.output_tokens
    }

    /// Counts a call here and in every account above, or nowhere.
    ///
    /// The locks are held from the leaf to the root, always in that order. So no other call is refused
    /// because of one that is itself refused further up.
    pub(super) fn charge(&self, needed: Amounts) -> Result<(), Box<Refused>> {
        let mut balance = self.lock();
        if let Some(limit) = self.budget.short(balance.settled.plus(balance.reserved), needed) {
            let never = self.budget.short(balance.lasting(), needed).is_some()
                || self.parent.as_ref().is_some_and(|parent| parent.never_covers(needed));
            let wait = Some(self.budget.max_wait).filter(|wait| !never && !wait.is_zero());
            let (settled, reserved) = (balance.settled, balance.reserved);
            return Err(Box::new(Refused { limit, settled, reserved, needed, wait }));
        }
        if let Some(parent) = &self.parent {
            parent.charge(needed)?;
        }
        balance.reserved = balance.reserved.plus(needed);
        Ok(())
    }

    /// Whether a budget here or above does not cover this even once all calls under way are over.
    fn never_covers(&self, needed: Amounts) -> bool {
        self.chain().any(|account| account.budget.short(account.lock().lasting(), needed).is_some())
    }

    /// Replaces what was charged for a call by what it cost.
    pub(super) fn settle(&self, needed: Amounts, spend: Spend, actual: (Amounts, bool)) {
        self.settle_up(needed, spend, actual);
        self.freed.wake();
    }

    fn settle_up(&self, needed: Amounts, spend: Spend, (actual, estimated): (Amounts, bool)) {
        let mut balance = self.lock();
        balance.reserved = balance.reserved.minus(needed);
        balance.settled = balance.settled.plus(actual);
        balance.spend += spend;
        balance.estimated_calls += u64::from(estimated);
        if let Some(parent) = &self.parent {
            parent.settle_up(needed, spend, (actual, estimated));
        }
    }

    /// Gives back a call that was never sent: it cost nothing.
    pub(super) fn refund(&self, needed: Amounts) {
        self.settle(needed, Spend::default(), (Amounts::default(), false));
    }

    fn lock(&self) -> MutexGuard<'_, Balance> {
        lock(&self.balance)
    }
}
