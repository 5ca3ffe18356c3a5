//! Never spending more than was allowed: reserve before a call, settle after it.

mod account;
mod admit;
mod amounts;
mod budget;
mod estimate;
mod lock;
#[cfg(test)]
mod model;
mod reservation;

use std::sync::Arc;

use ek_core::{
    ChatRequest, ChatStream, Error, LlmProvider, LlmResponse, Result, Spend, StreamingProvider,
};

use account::Account;
pub use budget::Budget;
pub use estimate::Estimate;
pub use reservation::Reservation;

use crate::answer::{End, with_end};

/// Keeps a [`Budget`], shared by clones, across tasks and threads.
///
/// Before each attempt it reserves, atomically, one call, the estimated input and the longest output;
/// after it, it settles with the usage that is [billed](ek_core::Usage::billed). What was never sent is
/// given back; what was refused (HTTP 429, for example) is a call that costs nothing; what was sent and
/// then dropped or failed stays counted, its tokens at the reservation, or by what came of a stream.
///
/// Calls bind even with a thousand callers at once, and so does output, as long as no reply is longer
/// than its limit. Where neither the request nor the provider has one, the ledger sends one: what is
/// left. Input binds within the error of the estimate: of one call, or of those that are under way at
/// the same time.
///
/// A call that does not fit only because of others under way waits for them, up to
/// [`max_wait`](Budget::max_wait); calls themselves are never given back, so for those none waits.
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
    /// [`ErrorKind::Config`](ek_core::ErrorKind::Config) if the budget's prices or cost are negative or
    /// no numbers.
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
    /// [`ErrorKind::Config`](ek_core::ErrorKind::Config) if the budget's prices or cost are negative or
    /// no numbers.
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

    /// What the calls that are over come to in money, estimates included; 0 without prices.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.account.cost()
    }

    /// How many settled calls are counted with an estimate, because their usage is unknown.
    #[must_use]
    pub fn estimated_calls(&self) -> u64 {
        self.account.estimated_calls()
    }

    /// One call of a provider under this budget.
    ///
    /// # Errors
    /// [`ErrorKind::BudgetExhausted`](ek_core::ErrorKind::BudgetExhausted) before anything is sent;
    /// `Config` if the budget has no price for the model; else the provider's own, with the call's spend
    /// in it.
    pub async fn complete<P: LlmProvider>(
        &self,
        provider: &P,
        request: &ChatRequest,
    ) -> Result<LlmResponse> {
        let (mut reservation, request) = self.admit(provider, request).await?;
        // Whatever happens to this future from here on, the call counts.
        reservation.mark_sent();
        match provider.complete(&request).await {
            Ok(response) => {
                reservation.answered(&response);
                Ok(response)
            }
            Err(error) => Err(reservation.fail(error)),
        }
    }

    /// One streamed call of a provider under this budget.
    ///
    /// It is settled when the stream ends: with the reply's usage, or an estimate of what came where
    /// none was reported or the stream broke. Dropped before, it stays counted as it was reserved.
    ///
    /// ```
    /// use ek_core::StreamingProvider;
    /// use ek_patterns::Ledger;
    ///
    /// # async fn run(ledger: &Ledger, llm: &impl StreamingProvider) -> ek_core::Result<()> {
    /// let mut stream = ledger.stream(llm, &"hello".into()).await?;
    /// while let Some(event) = stream.next().await {
    ///     println!("{:?}", event?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`complete`](Self::complete); the stream's own error has the call's spend in it as well.
    pub async fn stream<P: StreamingProvider>(
        &self,
        provider: &P,
        request: &ChatRequest,
    ) -> Result<ChatStream> {
        let (mut reservation, request) = self.admit(provider, request).await?;
        reservation.mark_sent();
        match provider.stream(&request).await {
            Ok(stream) => Ok(with_end(stream, reservation)),
            Err(error) => Err(reservation.fail(error)),
        }
    }
}

impl End for Reservation {
    fn done(self, reply: &LlmResponse) {
        self.streamed(reply);
    }

    fn failed(self, error: Error) -> Error {
        self.fail(error)
    }
}
