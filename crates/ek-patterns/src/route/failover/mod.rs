//! Asks the next provider if one fails, and stops asking one that keeps failing.

mod circuit;
mod member;
mod options;
mod round;
mod verdict;

use std::fmt;
use std::sync::Arc;

use ek_core::{
    ChatRequest, ChatStream, EmbeddingLimits, EmbeddingProvider, EmbeddingRequest, Embeddings,
    Error, ErrorKind, LlmProvider, LlmResponse, Result, StreamingProvider, ToolCallingProvider,
};

use super::{cannot_stream, largest, tightest};
use crate::answer::{Answer, End, PrimedStream, WholeAnswer};
use crate::ledger::RequestTo;
use crate::{Ledger, Reservation};
use member::{CircuitPermit, Member};
pub use options::FailoverOptions;
use round::Round;

/// Asks its providers in order until one answers.
///
/// An error leads to the next provider where
/// [another server could help](FailoverOptions::could_another_help), or where
/// [`leads_on`](field@FailoverOptions::leads_on) says so. Any other error is returned at once, since the next
/// provider would refuse the request as well. After [several failures](FailoverOptions::failures) in a row
/// that [a provider is to blame for](FailoverOptions::is_this_to_blame), its circuit opens: it is not asked
/// for [some time](FailoverOptions::cool_down). Then one call tries it, and the others follow once that call
/// is answered. A stream goes to the next provider until its first event has come, and never after it; one
/// that breaks later is a failure all the same.
///
/// It is a provider itself, and streams or calls tools where all of its providers do. Providers of
/// several types are each wrapped in a [`DynProvider`](ek_core::DynProvider), or a
/// [`DynToolProvider`](ek_core::DynToolProvider) where tools are needed. Clones share the circuits.
///
/// Over embedding providers (a [`DynEmbeddingProvider`](ek_core::DynEmbeddingProvider) each) it is one too. All of
/// them have to serve the same model, since vectors of different models cannot be compared;
/// [`model_names`](field@FailoverOptions::model_names) is for servers that call it differently.
///
/// ```
/// use ek_core::{ChatRequest, DynProvider, LlmProvider};
/// use ek_patterns::Failover;
///
/// # async fn run(near: impl LlmProvider + 'static, far: impl LlmProvider + 'static) -> ek_core::Result<()> {
/// let llm = Failover::new([DynProvider::new(near), DynProvider::new(far)])?;
/// let answer = llm.complete(&ChatRequest::user("hello")).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If every provider fails: the error that can be retried soonest, the last one of several; with all
/// [attempts](Error::attempts) and the [spend](Error::spend) of the call, and each failure in
/// `detail::<Vec<FailoverFailure>>()`. If all circuits are open: [`ErrorKind::Connect`], since nothing was
/// sent. Where no provider can be asked now, [`retry_after`](Error::retry_after) says when the first one
/// can be asked.
///
/// `Debug` shows the models and the settings.
#[doc(alias("fallback", "circuit breaker"))]
pub struct Failover<P> {
    members: Arc<[Member<P>]>,
    options: Arc<FailoverOptions>,
}

/// One failure of a provider of a [`Failover`].
///
/// ```
/// use ek_core::Error;
/// use ek_patterns::FailoverFailure;
///
/// fn show(error: &Error) {
///     for failure in error.detail::<Vec<FailoverFailure>>().into_iter().flatten() {
///         println!("provider {}: {}", failure.member, failure.error);
///     }
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FailoverFailure {
    /// The provider's number, counted from 0.
    pub member: usize,
    /// Its error.
    pub error: Error,
}

impl<P> Failover<P> {
    /// Asks these providers, in this order.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if there are none.
    pub fn new(providers: impl IntoIterator<Item = P>) -> Result<Self> {
        Self::with_options(providers, FailoverOptions::default())
    }

    /// Asks these providers, in this order, with these settings.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if there are none, or [`failures`](FailoverOptions::failures) is 0.
    pub fn with_options(
        providers: impl IntoIterator<Item = P>,
        options: FailoverOptions,
    ) -> Result<Self> {
        options.check()?;
        let members: Arc<[_]> = providers.into_iter().map(Member::new).collect();
        if members.is_empty() {
            return Err(Error::new(ErrorKind::Config, "the failover has no providers"));
        }
        Ok(Self { members, options: Arc::new(options) })
    }

    fn providers(&self) -> impl Iterator<Item = &P> {
        self.members.iter().map(|member| &member.provider)
    }
}

impl<P: Send + Sync> Failover<P> {
    /// The answer of the first provider that gives one, and the call, which is then to be settled.
    async fn ask<A: Answer<P>>(&self, request: &A::Request) -> Result<(A, Unsettled)> {
        let mut round = Round::begin(self)?;
        while let Some((index, provider)) = round.next() {
            let request = self.options.request(index, request);
            let admitted = request.admit(&round.ledger, provider, request.estimate(provider)).await;
            let (mut reservation, request) = admitted.map_err(|error| round.close(error))?;
            // Only now: a probe that waits for a budget would hold up all others.
            let Some(mut permit) = round.enter(index) else { continue };
            reservation.mark_sent();
            match A::ask(provider, &request).await {
                Ok(answer) => {
                    // For a stream this is its first event: a probe of a half-open circuit ends here.
                    permit.begun();
                    let ledger = round.ledger.clone();
                    return Ok((answer, Unsettled { permit, reservation, ledger }));
                }
                Err(error) => round.failed(permit, reservation.fail(error))?,
            }
        }
        Err(round.exhausted())
    }

    async fn whole<A: Answer<P> + WholeAnswer>(&self, request: &A::Request) -> Result<A> {
        let (answer, unsettled) = self.ask::<A>(request).await?;
        unsettled.permit.answered();
        unsettled.reservation.answered(&answer);
        Ok(answer)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<P: EmbeddingProvider> EmbeddingProvider for Failover<P> {
    async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
        self.whole(request).await
    }

    /// The first provider's.
    fn embedding_model(&self) -> Option<&str> {
        self.members.first()?.provider.embedding_model()
    }

    /// The smallest of those that are known.
    fn embedding_limits(&self) -> EmbeddingLimits {
        let limits = self.providers().map(EmbeddingProvider::embedding_limits);
        limits.reduce(tightest).unwrap_or_default()
    }
}

#[deny(clippy::missing_trait_methods)]
impl<P: LlmProvider> LlmProvider for Failover<P> {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        self.whole(request).await
    }

    /// The first provider's.
    fn model(&self) -> Option<&str> {
        self.members.first()?.provider.model()
    }

    /// The first provider's.
    fn provider_name(&self) -> Option<&str> {
        self.members.first()?.provider.provider_name()
    }

    /// The largest, if each provider has one.
    fn default_max_tokens(&self) -> Option<u32> {
        self.providers().map(LlmProvider::default_max_tokens).reduce(largest)?
    }
}

#[deny(clippy::missing_trait_methods)]
impl<P: StreamingProvider> StreamingProvider for Failover<P> {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        if !self.supports_streaming() {
            return Err(cannot_stream("failover"));
        }
        let (stream, unsettled) = self.ask::<PrimedStream>(request).await?;
        Ok(stream.with_end(unsettled))
    }

    /// Whether all providers do.
    fn supports_streaming(&self) -> bool {
        self.providers().all(StreamingProvider::supports_streaming)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<P: ToolCallingProvider> ToolCallingProvider for Failover<P> {
    /// Whether all providers do.
    fn supports_tools(&self) -> bool {
        self.providers().all(ToolCallingProvider::supports_tools)
    }
}

/// What a call holds after its answer, or the beginning of its stream, until its usage is known.
struct Unsettled {
    permit: CircuitPermit,
    reservation: Reservation,
    /// What the call has spent, over all providers.
    ledger: Ledger,
}

impl End for Unsettled {
    fn done(self, reply: &LlmResponse) {
        self.permit.answered();
        self.reservation.streamed(reply);
    }

    fn failed(self, error: Error) -> Error {
        // Too late for another provider, but a failure of this one all the same.
        self.permit.failed(&error);
        self.reservation.fail(error).with_spend(self.ledger.spend())
    }
}

/// Shares the providers and their circuits.
impl<P> Clone for Failover<P> {
    fn clone(&self) -> Self {
        Self { members: Arc::clone(&self.members), options: Arc::clone(&self.options) }
    }
}

impl<P: LlmProvider> fmt::Debug for Failover<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let models: Vec<_> = self.providers().map(LlmProvider::model).collect();
        f.debug_struct("Failover").field("models", &models).field("options", &self.options).finish()
    }
}
