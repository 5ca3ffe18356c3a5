//! One account in the tree of ledgers: what counts against its budget, and against those above it.
//!
//! It is a file of its own because it has everything that must be atomic. The model checker (`model.rs`)
//! compiles this file a second time, with another lock.

use std::sync::Arc;
use std::time::Duration;

use ek_core::Spend;

use super::amounts::{Amounts, Limit, Need, amount};
use super::budget::Budget;
use super::lock::{Freed, Mutex, MutexGuard, lock};
use crate::{Change, Rates, SharedBudget};

/// A budget, what counts against it, and where else it counts.
#[derive(Debug, Default)]
pub(super) struct Account {
    budget: Budget,
    above: Above,
    balance: Mutex<Balance>,
    /// Wakes callers that wait for calls under way; one for the whole tree.
    freed: Arc<Freed>,
}

/// Where a call counts beside its account.
#[derive(Debug, Default)]
enum Above {
    #[default]
    Nowhere,
    Account(Arc<Account>),
    /// What other processes spend from too.
    Shared(Arc<dyn SharedBudget>),
}

impl Above {
    fn account(&self) -> Option<&Account> {
        match self {
            Self::Account(account) => Some(account),
            Self::Nowhere | Self::Shared(_) => None,
        }
    }
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

/// The number that a shared budget knows a call by; 0 where there is none.
pub(super) type Ticket = u64;

/// A limit that does not cover a call, here or above.
pub(super) struct Refused {
    why: Why,
    pub(super) wait: Wait,
}

enum Why {
    Limit { limit: Limit, settled: Amounts, reserved: Amounts, needed: Amounts },
    Shared(String),
}

/// What may still help a call that was refused.
pub(super) enum Wait {
    /// Nothing: calls under way cannot give back enough.
    Never,
    /// Calls under way may give back what is missing; the longest wait for the next of them.
    Freed(Duration),
    /// The shared budget may get what is missing; the longest wait for that.
    Shared(Change, Duration),
}

impl Refused {
    pub(super) fn message(&self) -> String {
        match &self.why {
            Why::Limit { limit, settled, reserved, needed } => {
                limit.explain(*settled, *reserved, *needed)
            }
            Why::Shared(why) => why.clone(),
        }
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
        let above = parent.map_or(Above::Nowhere, Above::Account);
        Self { budget, above, balance: Mutex::default(), freed }
    }

    /// An account at the root, which takes from what others spend too.
    pub(super) fn shared(budget: Budget, shared: Arc<dyn SharedBudget>) -> Self {
        Self { budget, above: Above::Shared(shared), ..Self::default() }
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
        std::iter::successors(Some(self), |account| account.above.account())
    }

    /// Whether longer replies use up more of any budget.
    pub(super) fn binds_output(&self) -> bool {
        self.chain().any(|account| {
            account.budget.binds_output()
                || account.shares(|left| left.output < u64::MAX || left.cost < u128::MAX)
        })
    }

    fn binds_money(&self) -> bool {
        self.chain().any(|account| {
            account.budget.cost.is_some() || account.shares(|left| left.cost < u128::MAX)
        })
    }

    /// Whether there is a shared budget of which this is so.
    fn shares(&self, so: impl FnOnce(Amounts) -> bool) -> bool {
        matches!(&self.above, Above::Shared(shared) if so(shared.left()))
    }

    /// The prices of a call to this model: those of the innermost budget that has any.
    pub(super) fn rates(&self, model: Option<&str>) -> Result<Option<Rates>, Unpriced> {
        match self.chain().find_map(|account| account.budget.prices.as_ref()) {
            Some(prices) => {
                let rates = prices.rates(model).filter(Rates::are_usable);
                rates.map(Some).ok_or(Unpriced::Model)
            }
            None if self.binds_money() => Err(Unpriced::NoTable),
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
        let left = self.chain().map(|account| {
            let charged = account.lock().lasting();
            let own = longest_output(account.budget.left(charged), without);
            match &account.above {
                Above::Shared(shared) => own.min(longest_output(shared.left(), without)),
                Above::Nowhere | Above::Account(_) => own,
            }
        });
        left.min().unwrap_or(u64::MAX)
    }

    /// Counts a call here and in every account above, or nowhere.
    ///
    /// The locks are held from the leaf to the root, always in that order. So no other call is refused
    /// because of one that is itself refused further up.
    pub(super) fn charge(&self, needed: Amounts) -> Result<Ticket, Box<Refused>> {
        let mut balance = self.lock();
        if let Some(limit) = self.budget.short(balance.settled.plus(balance.reserved), needed) {
            let never = self.budget.short(balance.lasting(), needed).is_some()
                || self.above.account().is_some_and(|parent| parent.never_covers(needed));
            let wait = self.budget.max_wait;
            let wait = if never || wait.is_zero() { Wait::Never } else { Wait::Freed(wait) };
            let (settled, reserved) = (balance.settled, balance.reserved);
            let why = Why::Limit { limit, settled, reserved, needed };
            return Err(Box::new(Refused { why, wait }));
        }
        let ticket = match &self.above {
            Above::Nowhere => 0,
            Above::Account(parent) => parent.charge(needed)?,
            Above::Shared(shared) => self.take_shared(&**shared, needed)?,
        };
        balance.reserved = balance.reserved.plus(needed);
        Ok(ticket)
    }

    fn take_shared(
        &self,
        shared: &dyn SharedBudget,
        needed: Amounts,
    ) -> Result<Ticket, Box<Refused>> {
        shared.take(needed).map_err(|shortage| {
            let longest = self.budget.max_wait;
            let wait = shortage.change.map(|change| Wait::Shared(change, longest));
            let wait = wait.filter(|_| !longest.is_zero()).unwrap_or(Wait::Never);
            Box::new(Refused { why: Why::Shared(shortage.why), wait })
        })
    }

    /// Whether a budget here or above does not cover this even once all calls under way are over.
    fn never_covers(&self, needed: Amounts) -> bool {
        self.chain().any(|account| account.budget.short(account.lock().lasting(), needed).is_some())
    }

    /// Replaces what was charged for a call by what it cost.
    pub(super) fn settle(
        &self,
        (needed, ticket): (Amounts, Ticket),
        spend: Spend,
        actual: (Amounts, bool),
    ) {
        self.settle_up((needed, ticket), spend, actual);
        self.freed.wake();
    }

    fn settle_up(
        &self,
        (needed, ticket): (Amounts, Ticket),
        spend: Spend,
        (actual, estimated): (Amounts, bool),
    ) {
        let mut balance = self.lock();
        balance.reserved = balance.reserved.minus(needed);
        balance.settled = balance.settled.plus(actual);
        balance.spend += spend;
        balance.estimated_calls += u64::from(estimated);
        match &self.above {
            Above::Nowhere => {}
            Above::Account(parent) => {
                parent.settle_up((needed, ticket), spend, (actual, estimated));
            }
            Above::Shared(shared) => shared.settle(ticket, needed, actual),
        }
    }

    /// Gives back a call that was never sent: it cost nothing.
    pub(super) fn refund(&self, charged: (Amounts, Ticket)) {
        self.settle(charged, Spend::default(), (Amounts::default(), false));
    }

    fn lock(&self) -> MutexGuard<'_, Balance> {
        lock(&self.balance)
    }
}

/// How much output this leaves to a call that has none yet.
fn longest_output(left: Amounts, mut need: Need) -> u64 {
    let base = need.amounts();
    if !left.covers(base) {
        return 0;
    }
    let money = need.rates.filter(|_| left.cost < u128::MAX).map_or(u64::MAX, |rates| {
        rates.output.buys(amount(left.minus(base).cost)).saturating_add(1)
    });
    // Prices are floats, so what the money buys may be off by a token.
    need.estimate.output_tokens = left.output.min(money);
    while need.estimate.output_tokens > 0 && !left.covers(need.amounts()) {
        let output = &mut need.estimate.output_tokens;
        *output -= (*output >> 40).max(1);
    }
    need.estimate.output_tokens
}
