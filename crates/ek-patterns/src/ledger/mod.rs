//! Never spending more than was allowed: reserve before a call, settle after it.

mod account;
mod budget;
mod estimate;
mod lock;
#[cfg(test)]
mod model;
mod reservation;

use std::sync::Arc;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider, LlmResponse, Result, Spend};

use account::Account;
pub use budget::Budget;
pub use estimate::Estimate;
pub use reservation::Reservation;

/// Keeps a [`Budget`], shared by clones, across tasks and threads.
///
/// Before each attempt it reserves, atomically, one call, the estimated input and the longest output;
/// after it, it settles with the real usage. What was never sent is given back; what was sent and then
/// dropped or failed stays counted, its tokens at the reservation. So calls and output bind exactly,
/// even with a thousand callers at once. Input binds within the error of the estimate: of one call, or
/// of those that are under way at the same time.
///
/// ```
/// use ek_core::{ChatRequest, ErrorKind, LlmProvider};
/// use ek_patterns::{Budget, Ledger};
///
/// # async fn run(llm: &impl LlmProvider) -> ek_core::Result<()> {
/// let ledger = Ledger::new(Budget::default().with_calls(1))?;
/// let request = ChatRequest::user("hello").with_max_tokens(100);
/// ledger.complete(llm, &request).await?;
/// let refused = ledger.complete(llm, &request).await.map(drop).map_err(|e| e.kind());
/// assert_eq!(refused, Err(ErrorKind::BudgetExhausted));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Ledger {
    account: Arc<Account>,
}

impl Ledger {
    /// A ledger in which nothing has been spent.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the budget's price or cost is negative or no number.
    pub fn new(budget: Budget) -> Result<Self> {
        budget.check()?;
        Ok(Self { account: Arc::new(Account::new(budget, None)) })
    }

    /// A ledger without limits, which only adds up.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { account: Arc::default() }
    }

    /// A part of this ledger with limits of its own. A call is counted in both, and both budgets bind;
    /// [`spend`](Self::spend) of the part tells what went through the part alone.
    ///
    /// ```
    /// use ek_patterns::{Budget, Estimate, Ledger};
    ///
    /// # fn main() -> ek_core::Result<()> {
    /// let day = Ledger::new(Budget::default().with_calls(1_000))?;
    /// let question = day.child(Budget::default().with_calls(1))?;
    /// let call = question.reserve(Estimate::new(20, 100))?;
    /// assert!(question.reserve(Estimate::new(20, 100)).is_err());
    /// assert!(day.reserve(Estimate::new(20, 100)).is_ok());
    /// # call.refund();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the budget's price or cost is negative or no number.
    pub fn child(&self, budget: Budget) -> Result<Self> {
        budget.check()?;
        let parent = Some(Arc::clone(&self.account));
        Ok(Self { account: Arc::new(Account::new(budget, parent)) })
    }

    /// What was reported by providers so far.
    #[must_use]
    pub fn spend(&self) -> Spend {
        self.account.spend()
    }

    /// How many settled calls are counted with an estimate, because their usage is unknown.
    #[must_use]
    pub fn estimated_calls(&self) -> u64 {
        self.account.estimated_calls()
    }

    /// Sets the cost of one call aside.
    ///
    /// # Errors
    /// [`ErrorKind::BudgetExhausted`] if the budget does not cover it, with what was spent so far.
    pub fn reserve(&self, estimate: Estimate) -> Result<Reservation> {
        match self.account.charge(estimate) {
            Ok(()) => Ok(Reservation::new(Arc::clone(&self.account), estimate)),
            Err(refused) => {
                let message =
                    format!("the budget of {} does not cover another call", refused.limit);
                let error = Error::new(ErrorKind::BudgetExhausted, message);
                Err(error.with_spend(refused.spend))
            }
        }
    }

    /// One call of a provider under this budget.
    ///
    /// # Errors
    /// [`ErrorKind::BudgetExhausted`] before anything is sent; else the provider's own, with the call's
    /// spend in it.
    pub async fn complete<P: LlmProvider>(
        &self,
        provider: &P,
        request: &ChatRequest,
    ) -> Result<LlmResponse> {
        self.reserve(Estimate::of(request))?.complete(provider, request).await
    }
}
