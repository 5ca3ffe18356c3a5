//! The next provider if one fails, and no calls to one that keeps failing.

mod circuit;
mod member;
mod options;
mod round;
mod watched;

use std::fmt;
use std::sync::Arc;

use ek_core::{
    ChatRequest, ChatStream, Error, ErrorKind, LlmProvider, LlmResponse, Result, StreamEvent,
    StreamingProvider, ToolCallingProvider,
};

use super::cannot_stream;
use crate::Estimate;
use member::Member;
pub use options::FailoverOptions;
use round::Round;
use watched::Watched;

/// Asks its providers in order until one answers.
///
/// An error for which [`Error::is_retryable`] holds (or what
/// [`counts`](field@FailoverOptions::counts) says) leads to the next provider; any other is returned at once,
/// since the next one would refuse the request as well. A provider that fails
/// [again and again](FailoverOptions::failures) is left alone for a
/// [while](FailoverOptions::cool_down) (its circuit is open); then one call is let through to it, and the
/// others follow once that has been answered. A stream goes to the next provider until its first item
/// has come, and never after it.
///
/// It is a provider itself, and streams or calls tools where all of its providers do. Providers of
/// several types are each made a [`DynProvider`](ek_core::DynProvider), or a
/// [`DynToolProvider`](ek_core::DynToolProvider) where tools are needed. Clones share the circuits.
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
/// If every provider fails: the error of the one that is worth trying again soonest, the last one where
/// that is equal; with all [attempts](Error::attempts) and the [spend](Error::spend) of the call, and each
/// failure in `detail::<Vec<FailoverFailure>>()`. If all circuits are open: [`ErrorKind::Connect`], since
/// nothing was sent. Where no provider can be asked now, its [`retry_after`](Error::retry_after) says
/// when the first one can be.
///
/// `Debug` shows the models and the settings.
pub struct Failover<P> {
    members: Arc<[Member<P>]>,
    options: Arc<FailoverOptions>,
}

/// That a provider of a [`Failover`] failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FailoverFailure {
    /// Which one, counted from 0.
    pub member: usize,
    /// How it failed.
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

#[deny(clippy::missing_trait_methods)]
impl<P: LlmProvider> LlmProvider for Failover<P> {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        let estimate = Estimate::of(request);
        let mut round = Round::begin(self)?;
        while let Some((provider, permit)) = round.next() {
            let reservation = round.ledger.reserve(estimate).map_err(|e| round.close(e))?;
            match reservation.complete(provider, request).await {
                Ok(response) => {
                    permit.answered();
                    return Ok(response);
                }
                Err(error) => round.failed(permit, error)?,
            }
        }
        Err(round.exhausted())
    }

    /// The first provider's.
    fn model(&self) -> Option<&str> {
        self.members.first()?.provider.model()
    }
}

#[deny(clippy::missing_trait_methods)]
impl<P: StreamingProvider> StreamingProvider for Failover<P> {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        if !self.supports_streaming() {
            return Err(cannot_stream("failover"));
        }
        let estimate = Estimate::of(request);
        let mut round = Round::begin(self)?;
        while let Some((provider, permit)) = round.next() {
            let mut reservation = round.ledger.reserve(estimate).map_err(|e| round.close(e))?;
            reservation.mark_sent();
            match begin(provider, request).await {
                Ok((first, rest)) => {
                    let ledger = round.ledger.clone();
                    let watched = Watched::new(first, rest, permit, reservation, ledger);
                    return Ok(ChatStream::new(watched));
                }
                Err(error) => round.failed(permit, reservation.fail(error))?,
            }
        }
        Err(round.exhausted())
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

/// Waits for the first item, since an error in its place still leads to the next provider.
async fn begin<P: StreamingProvider>(
    provider: &P,
    request: &ChatRequest,
) -> Result<(StreamEvent, ChatStream)> {
    let mut stream = provider.stream(request).await?;
    match stream.next().await {
        Some(first) => Ok((first?, stream)),
        None => Err(Error::new(ErrorKind::Interrupted, "the stream ended before its first item")),
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
