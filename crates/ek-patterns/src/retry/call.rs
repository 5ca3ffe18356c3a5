//! Retries a provider's call, whose size is known.

use ek_core::{ChatRequest, ChatStream, LlmProvider, LlmResponse, Result, StreamingProvider};

use super::{AttemptPermit, RetryConfig, attempts};
use crate::Estimate;
use crate::answer::{Answer, PrimedStream};

/// Completes a request, and retries the call.
///
/// Works as [`retry`](crate::retry) does. A [`RateLimiter`](crate::RateLimiter) of tokens is asked for what
/// an attempt may take ([`Estimate`]), and gets back what the attempt did not take.
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
/// As [`retry`](crate::retry), but a limiter of tokens is no error.
pub async fn retry_complete<P: LlmProvider>(
    config: &RetryConfig,
    provider: &P,
    request: &ChatRequest,
) -> Result<LlmResponse> {
    let (reply, permit) = ask::<_, LlmResponse>(config, provider, request).await?;
    permit.answered(&reply);
    Ok(reply)
}

/// Opens a stream, and retries the call until the first event has come; nothing is retried after it.
///
/// Works as [`retry_complete`] does. An error in place of the first event is retried too, which a closure
/// for [`retry`](crate::retry) cannot do: it has returned the stream by then. A permit of a
/// [`ConcurrencyLimit`](crate::ConcurrencyLimit) is held until the stream ends or is dropped.
///
/// # Errors
/// As [`retry_complete`]; an error after the first event is the stream's own.
pub async fn retry_stream<P: StreamingProvider>(
    config: &RetryConfig,
    provider: &P,
    request: &ChatRequest,
) -> Result<ChatStream> {
    let (stream, permit) = ask::<_, PrimedStream>(config, provider, request).await?;
    Ok(stream.with_end(permit))
}

async fn ask<P: LlmProvider, A: Answer<P>>(
    config: &RetryConfig,
    provider: &P,
    request: &ChatRequest,
) -> Result<(A, AttemptPermit)> {
    let tokens = Estimate::with_default(request, provider.default_max_tokens()).tokens();
    let attempt = async |permit: AttemptPermit| Ok((A::ask(provider, request).await?, permit));
    attempts(config, tokens, |_, _, _| {}, attempt).await
}
