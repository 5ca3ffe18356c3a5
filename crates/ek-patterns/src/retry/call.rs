//! Retrying a provider's call, whose size is known.

use ek_core::{ChatRequest, ChatStream, LlmProvider, LlmResponse, Result, StreamingProvider};

use super::{Leave, RetryConfig, attempts};
use crate::Estimate;
use crate::answer::{Answer, PrimedStream};

/// Completes a request, as often as it takes.
///
/// As [`retry`](crate::retry), and a [`RateLimiter`](crate::RateLimiter) of tokens is asked for what an
/// attempt may take ([`Estimate`]), and gets back what it did not.
///
/// ```
/// use ek_core::LlmProvider;
/// use ek_patterns::{RateLimiter, RetryConfig, retry_complete};
///
/// # async fn run(llm: &impl LlmProvider) -> ek_core::Result<()> {
/// let limiter = RateLimiter::new(10.0, 10)?.with_tokens_per_minute(30_000)?;
/// let config = RetryConfig::default().with_limiter(limiter); // share its clones among all calls
/// let reply = retry_complete(&config, llm, &"hello".into()).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`retry`](crate::retry); a limiter of tokens is none.
pub async fn retry_complete<P: LlmProvider>(
    config: &RetryConfig,
    provider: &P,
    request: &ChatRequest,
) -> Result<LlmResponse> {
    let (reply, leave) = ask::<_, LlmResponse>(config, provider, request).await?;
    leave.answered(&reply);
    Ok(reply)
}

/// Opens a stream, as often as it takes until its first event has come; nothing is retried after it.
///
/// As [`retry_complete`]. An error in place of the first event is as good as one before the stream; a
/// closure for [`retry`](crate::retry) that returns a stream has ended by then. A place of a
/// [`ConcurrencyLimit`](crate::ConcurrencyLimit) is held until the stream ends or is dropped.
///
/// # Errors
/// As [`retry_complete`]; what happens after the first event is the stream's own.
pub async fn retry_stream<P: StreamingProvider>(
    config: &RetryConfig,
    provider: &P,
    request: &ChatRequest,
) -> Result<ChatStream> {
    let (stream, leave) = ask::<_, PrimedStream>(config, provider, request).await?;
    Ok(stream.with_end(leave))
}

async fn ask<P: LlmProvider, A: Answer<P>>(
    config: &RetryConfig,
    provider: &P,
    request: &ChatRequest,
) -> Result<(A, Leave)> {
    let tokens = Estimate::with_default(request, provider.default_max_tokens()).tokens();
    let attempt = async |leave: Leave| Ok((A::ask(provider, request).await?, leave));
    attempts(config, tokens, |_, _, _| {}, attempt).await
}
