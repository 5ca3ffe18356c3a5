//! Never spending more than was allowed: reserve before a call, settle after it.

mod budget;
mod estimate;
mod reservation;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider, LlmResponse, Result, Spend, Usage};

use budget::Amounts;
pub use budget::Budget;
pub use estimate::Estimate;
pub use reservation::Reservation;

/// Keeps a [`Budget`], shared by clones, across tasks and threads.
///
/// Before each attempt it reserves, atomically, one call, the estimated input and the longest output;
/// after it, it settles with the real usage. What was never sent is given back; what was sent and then
/// dropped or failed stays counted, its tokens at the reservation. So calls and output bind exactly,
/// even with a thousand callers at once, and input binds within the error of one call's estimate.
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
    budget: Budget,
    state: Arc<Mutex<State>>,
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

impl Ledger {
    /// A ledger in which nothing has been spent.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the budget's price or cost is negative or no number.
    pub fn new(budget: Budget) -> Result<Self> {
        budget.check()?;
        Ok(Self { budget, state: Arc::default() })
    }

    /// A ledger without limits, which only adds up.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { budget: Budget::default(), state: Arc::default() }
    }

    /// What was reported by providers so far.
    #[must_use]
    pub fn spend(&self) -> Spend {
        self.lock().spend
    }

    /// How many settled calls are counted with an estimate, because their usage is unknown.
    #[must_use]
    pub fn estimated_calls(&self) -> u64 {
        self.lock().estimated_calls
    }

    /// Sets the cost of one call aside.
    ///
    /// # Errors
    /// [`ErrorKind::BudgetExhausted`] if the budget does not cover it, with what was spent so far.
    pub fn reserve(&self, estimate: Estimate) -> Result<Reservation> {
        let amounts = self.budget.amounts(&estimate);
        let mut state = self.lock();
        if let Some(short) = self.budget.short(state.charged, amounts) {
            let message = format!("the budget of {short} does not cover another call");
            let error = Error::new(ErrorKind::BudgetExhausted, message);
            return Err(error.with_spend(state.spend));
        }
        state.charged = state.charged.plus(amounts);
        drop(state);
        Ok(Reservation::new(self.clone(), amounts))
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
        let mut reservation = self.reserve(Estimate::of(request))?;
        // Whatever happens to this future from here on, the call counts.
        reservation.mark_sent();
        match provider.complete(request).await {
            Ok(response) => {
                reservation.settle(response.usage);
                Ok(response)
            }
            Err(error) if was_never_sent(&error) => {
                reservation.refund();
                Err(error)
            }
            Err(error) => {
                drop(reservation);
                let spend = Spend::of(Usage::default());
                Err(if error.spend() == Spend::default() { error.with_spend(spend) } else { error })
            }
        }
    }

    fn settle(&self, reserved: Amounts, usage: Option<Usage>) {
        let usage = usage.unwrap_or_default();
        let (actual, estimated) = self.budget.settled(reserved, &usage);
        let mut state = self.lock();
        state.charged = state.charged.minus(reserved).plus(actual);
        state.spend += Spend::of(usage);
        state.estimated_calls += u64::from(estimated);
    }

    fn refund(&self, reserved: Amounts) {
        let mut state = self.lock();
        state.charged = state.charged.minus(reserved);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether nothing of the request can have reached the provider.
fn was_never_sent(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Config | ErrorKind::Unsupported | ErrorKind::Connect | ErrorKind::Tls => true,
        ErrorKind::Timeout => !error.may_have_executed(),
        _ => false,
    }
}
