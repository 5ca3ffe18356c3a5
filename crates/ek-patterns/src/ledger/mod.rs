//! Limits on what may be spent: reserve before a call, settle after it.

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
    ChatRequest, ChatStream, EmbeddingProvider, EmbeddingRequest, Embeddings, Error, LlmProvider,
    LlmResponse, Result, Spend, StreamingProvider,
};

use account::Account;
pub(crate) use admit::RequestTo;
pub use amounts::Amounts;
pub use budget::Budget;
pub use estimate::Estimate;
pub(crate) use estimate::of_text;
pub use reservation::Reservation;
pub(crate) use reservation::was_never_sent;

use crate::SharedBudget;
use crate::answer::{Answer, End, WholeAnswer, with_end};

/// Keeps a [`Budget`], shared by clones, across tasks and threads.
///
/// Before each attempt it reserves, atomically, one call, the estimated input and the longest output. After
/// the attempt it settles with the usage that is [billed](ek_core::Usage::billed). What was never sent is
/// given back. What was refused (HTTP 429, for example) counts as a call without tokens. What was sent, and
/// was then dropped or failed, stays counted: with the tokens of the reservation, or of what came of a
/// stream.
///
/// The limit on calls is exact, also with a thousand callers at once. So is the limit on output, as long as
/// no reply is longer than the request's limit; where neither the request nor the provider has a limit, the
/// ledger sends one: what is left. The limit on input is exact up to the error of the estimates of the
/// calls that are under way.
///
/// Where a call does not fit only because of others under way, it waits for them, up to
/// [`max_wait`](Budget::max_wait). It never waits for the number of calls, which is not given back.
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
    /// A ledger with this budget, of which nothing is spent.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](ek_core::ErrorKind::Config) if the budget's prices or cost are negative or
    /// not finite.
    pub fn new(budget: Budget) -> Result<Self> {
        budget.check()?;
        Ok(Self { account: Arc::new(Account::new(budget, None)) })
    }

    /// A ledger without limits, which only adds up what is spent.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { account: Arc::default() }
    }

    /// A ledger whose calls count in a budget that other processes spend from too. The limits of `budget` are
    /// those of this process alone; its prices and its [`max_wait`](Budget::max_wait) hold for the shared budget
    /// as well. A first [`reserve`](Self::reserve) may be refused where [`acquire`](Self::acquire) waits until
    /// this process has a part of the shared budget.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](ek_core::ErrorKind::Config) if the budget's prices or cost are negative or
    /// not finite.
    pub fn shared(budget: Budget, shared: Arc<dyn SharedBudget>) -> Result<Self> {
        budget.check()?;
        Ok(Self { account: Arc::new(Account::shared(budget, shared)) })
    }

    /// A part of this ledger with limits of its own. A call of the part counts in both, and both budgets bind;
    /// the part's [`spend`](Self::spend) has the calls of the part alone.
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
    /// not finite.
    pub fn child(&self, budget: Budget) -> Result<Self> {
        budget.check()?;
        let parent = Some(Arc::clone(&self.account));
        Ok(Self { account: Arc::new(Account::new(budget, parent)) })
    }

    /// What providers have reported so far.
    #[must_use]
    pub fn spend(&self) -> Spend {
        self.account.spend()
    }

    /// What the calls that are over cost in money, estimates included; 0 without prices.
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
        self.call(provider, request).await
    }

    /// One call for embeddings under this budget, of [the estimated tokens](Estimate::of_embedding) of its inputs.
    ///
    /// ```
    /// use ek_core::EmbeddingRequest;
    /// use ek_mock::MockProvider;
    /// use ek_patterns::Ledger;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> ek_core::Result<()> {
    /// let ledger = Ledger::unlimited();
    /// let request = EmbeddingRequest::new(["Kilns cool slowly.", "The lake is calm."]);
    /// let found = ledger.embed(&MockProvider::default(), &request).await?;
    /// assert_eq!((found.len(), ledger.spend().calls), (2, 1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`complete`](Self::complete); [`ErrorKind::Malformed`](ek_core::ErrorKind::Malformed) if the answer has
    /// more or fewer vectors than the request has inputs.
    pub async fn embed<P: EmbeddingProvider>(
        &self,
        provider: &P,
        request: &EmbeddingRequest,
    ) -> Result<Embeddings> {
        self.call(provider, request).await
    }

    async fn call<P, A: Answer<P> + WholeAnswer>(
        &self,
        provider: &P,
        request: &A::Request,
    ) -> Result<A> {
        let estimate = request.estimate(provider);
        let (mut reservation, request) = request.admit(self, provider, estimate).await?;
        // From here on the call counts, also where this future is dropped.
        reservation.mark_sent();
        match A::ask(provider, &request).await {
            Ok(answer) => {
                reservation.answered(&answer);
                Ok(answer)
            }
            Err(error) => Err(reservation.fail(error)),
        }
    }

    /// One streamed call of a provider under this budget.
    ///
    /// It is settled when the stream ends: with the reply's usage, or with an estimate of what came where no
    /// usage was reported or the stream broke. Dropped before its end, it stays counted as it was reserved.
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
        let estimate = request.estimate(provider);
        let (mut reservation, request) = request.admit(self, provider, estimate).await?;
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
