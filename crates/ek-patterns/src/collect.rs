//! Reads a stream to its end within a time limit, without losing what came.

use std::time::Duration;

use ek_core::{ChatStream, Error, ErrorKind, LlmResponse, Result, StreamEvent};
use tokio::time::{Instant, timeout_at};

use crate::clock::after;

/// Reads a stream to its end, for at most `limit` from now.
///
/// A stream that keeps sending has no time limit of its own, and a `tokio::time::timeout` around
/// [`ChatStream::collect`] loses what came.
///
/// ```
/// use std::time::Duration;
///
/// use ek_core::{Result, StreamingProvider};
/// use ek_patterns::collect_within;
///
/// async fn story(llm: &impl StreamingProvider) -> Result<String> {
///     let stream = llm.stream(&"Tell me a story.".into()).await?;
///     match collect_within(stream, Duration::from_secs(20)).await {
///         Ok(reply) => Ok(reply.content),
///         Err(error) => match error.partial() {
///             Some(so_far) => Ok(format!("{} ...", so_far.content)),
///             None => Err(error),
///         },
///     }
/// }
/// ```
///
/// # Errors
/// [`ErrorKind::Timeout`] at the limit, with what had come by then (texts, whole tool calls, counts) in
/// [`Error::partial`], and the stream dropped; else the stream's own error.
pub async fn collect_within(stream: ChatStream, limit: Duration) -> Result<LlmResponse> {
    let deadline = after(Instant::now(), limit);
    let mut stream = stream.keep_partial();
    let mut has_begun = false;
    loop {
        match timeout_at(deadline, stream.next()).await {
            Ok(Some(event)) => {
                if let StreamEvent::Done(reply) = event? {
                    return Ok(*reply);
                }
                has_begun = true;
            }
            Ok(None) => {
                let why = "the stream was at its end before it was collected";
                return Err(Error::new(ErrorKind::Interrupted, why));
            }
            Err(_) => return Err(too_long(limit, has_begun.then(|| stream.into_partial()))),
        }
    }
}

fn too_long(limit: Duration, partial: Option<LlmResponse>) -> Error {
    let why = format!("the stream was not at its end after {limit:?}");
    let error = Error::new(ErrorKind::Timeout, why).with_may_have_executed(true);
    match partial {
        Some(partial) => error.with_retryable(false).with_partial(partial),
        None => error,
    }
}
