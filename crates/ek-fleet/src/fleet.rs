//! The door: what a process makes its shared ledgers, limiters and circuits with.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use ek_core::{Error, ErrorKind, Result};
use ek_patterns::{Budget, Ledger, RateLimiter, SharedCircuits};
use tokio::runtime::Handle;

use crate::budget::LeasedBudget;
use crate::circuits::Circuits;
use crate::link::Link;
use crate::rate::{LeasedRate, Rate};
use crate::store::{MAX_COUNT, Store};
use crate::{FleetOptions, Window};

/// One process of a fleet, and its way to the store that the fleet shares. Clones are the same process.
///
/// All processes of a fleet give the same limits for the same name. A name is one budget, one rate and one set of
/// circuits.
///
/// ```no_run
/// # #[cfg(feature = "redis")]
/// # async fn run() -> ek_core::Result<()> {
/// use ek_fleet::{Fleet, FleetOptions, Rate, RedisStore, Window};
/// use ek_patterns::{Budget, FailoverOptions, Rates, RetryConfig, RunOptions};
///
/// let fleet = Fleet::new(RedisStore::open("redis://127.0.0.1/")?, FleetOptions::default())?;
///
/// let budget = Budget::default().with_cost(Rates::per_million(3.0, 15.0), 100.0);
/// let ledger = fleet.ledger("team", budget, Window::Month)?;
/// let limiter = fleet.limiter("account", Rate::per_minute(600))?;
/// let circuits = fleet.circuits("account", ["near", "far"]);
///
/// let retry = RetryConfig::default().with_limiter(limiter);
/// let options = RunOptions::default().with_retry(retry).with_ledger(ledger);
/// let failover = FailoverOptions::default().with_shared_circuits(circuits);
/// // ... calls of any pattern with these options ...
/// # drop((options, failover));
/// fleet.close().await; // gives back what was reserved and not used
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Fleet {
    link: Arc<Link>,
    budgets: Arc<Mutex<Vec<Weak<LeasedBudget>>>>,
}

impl Fleet {
    /// A process that shares by this store. Has to be called in a tokio runtime, which then runs the tasks that
    /// ask the store.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if an option is out of its range, or there is no runtime.
    pub fn new(store: impl Store + 'static, options: FleetOptions) -> Result<Self> {
        options.check()?;
        let runtime = Handle::try_current()
            .map_err(|_| Error::new(ErrorKind::Config, "a fleet needs a tokio runtime"))?;
        let link = Arc::new(Link::new(Box::new(store), options, runtime));
        Ok(Self { link, budgets: Arc::default() })
    }

    /// A ledger over the shared budget of this name. The limits of `budget` are those of all processes together;
    /// its prices and its [`max_wait`](Budget::max_wait) are of this ledger.
    ///
    /// Each call reserves its longest reply, as in any ledger. So requests should have a limit on their reply:
    /// one without reserves what is left, up to the longest reply that models write.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if a limit is above 2^53 (of money in millionths), or the prices or the cost are
    /// negative or not finite.
    pub fn ledger(&self, name: &str, budget: Budget, window: Window) -> Result<Ledger> {
        let limits = limits(&budget)?;
        let mut own = budget;
        (own.calls, own.input_tokens, own.output_tokens, own.cost) = (None, None, None, None);
        let shared = LeasedBudget::start(Arc::clone(&self.link), name, window, limits);
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        budgets.retain(|budget| budget.strong_count() > 0);
        budgets.push(Arc::downgrade(&shared));
        Ledger::shared(own, shared)
    }

    /// A limiter that stays within the shared rate of this name, together with all other processes.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if a number of the rate is 0.
    pub fn limiter(&self, name: &str, rate: Rate) -> Result<RateLimiter> {
        rate.check()?;
        let shared = LeasedRate::start(Arc::clone(&self.link), name, rate);
        // All limits are those of the fleet.
        Ok(RateLimiter::new(f64::MAX, u32::MAX)?.with_shared(shared))
    }

    /// The circuits of these providers, for
    /// [`FailoverOptions::with_shared_circuits`](ek_patterns::FailoverOptions::with_shared_circuits): a name for
    /// each provider of the failover, in its order. Other processes may have another order.
    #[must_use]
    pub fn circuits(
        &self,
        name: &str,
        members: impl IntoIterator<Item = impl Into<String>>,
    ) -> Arc<dyn SharedCircuits> {
        let members = members.into_iter().map(Into::into).collect();
        Circuits::start(Arc::clone(&self.link), name, members)
    }

    /// Gives back what this process has reserved and not used, and reports what it has spent: the last thing to
    /// do before a process ends. What is not given back counts as spent once its lease has expired. The store may
    /// take 1 s to answer.
    pub async fn close(&self) {
        let budgets = {
            let budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
            budgets.iter().filter_map(Weak::upgrade).collect::<Vec<_>>()
        };
        for budget in budgets {
            budget.give_back().await;
        }
        self.link.arrived().await;
    }
}

/// The limits in units of the store.
fn limits(budget: &Budget) -> Result<[Option<u64>; 4]> {
    let cost = match budget.cost {
        Some(cost) if cost.is_finite() && cost >= 0.0 => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "saturates"
            )]
            let millionths = (cost * 1e6).round() as u64;
            Some(millionths)
        }
        Some(_) => {
            let why = "the cost of a shared budget is not a finite number of at least 0";
            return Err(Error::new(ErrorKind::Config, why));
        }
        None => None,
    };
    let limits = [budget.calls, budget.input_tokens, budget.output_tokens, cost];
    if limits.iter().flatten().any(|limit| *limit > MAX_COUNT) {
        let why =
            "a limit of a shared budget is above 2^53, beyond which scripts do not count exactly";
        return Err(Error::new(ErrorKind::Config, why));
    }
    Ok(limits)
}
