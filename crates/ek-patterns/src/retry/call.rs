//! Retries a provider's call, whose size is known.

use ek_core::{
    ChatRequest, ChatStream, EmbeddingProvider, EmbeddingRequest, Embeddings, LlmProvider,
    LlmResponse, Result, StreamingProvider,
};

use super::{AttemptPermit, RetryConfig, attempts};
use crate::answer::{Answer, PrimedStream};
use crate::ledger::RequestTo;

/// Completes a request, and retries the call.
///
/// Works as [`retry`](crate::retry) does. A [`RateLimiter`](crate::RateLimiter) of tokens is asked for what
/// an attempt may take ([`Estimate`](crate::Estimate)), and gets back what the attempt did not take.
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
    permit.took(reply.usage);
    Ok(reply)
}

/// Asks for the embeddings of one request, and retries the call.
///
/// Works as [`retry_complete`] does. [`embed_all`](crate::embed_all) is for more inputs than one request holds.
///
/// # Errors
/// As [`retry_complete`]; [`ErrorKind::Malformed`](ek_core::ErrorKind::Malformed) if each answer has more or fewer
/// vectors than the request has inputs.
pub async fn retry_embed<P: EmbeddingProvider>(
    config: &RetryConfig,
    provider: &P,
    request: &EmbeddingRequest,
) -> Result<Embeddings> {
    let (found, permit) = ask::<_, Embeddings>(config, provider, request).await?;
    permit.took(found.usage);
    Ok(found)
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

async fn ask<P, A: Answer<P>>(
    config: &RetryConfig,
    provider: &P,
    request: &A::Request,
) -> Result<(A, AttemptPermit)> {
    let tokens = request.estimate(provider).tokens();
    let attempt = async |mut permit: AttemptPermit| {
        permit.mark_sent();
        match A::ask(provider, request).await {
            Ok(answer) => Ok((answer, permit)),
            Err(error) => {
                permit.failed(&error);
                Err(error)
            }
        }
    };
    attempts(config, tokens, |_, _, _| {}, attempt).await
}
