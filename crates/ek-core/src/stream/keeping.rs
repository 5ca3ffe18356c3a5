//! A stream that keeps what it gives, for callers who stop it in the middle and want what came.
//!
//! It stands apart from [`ChatStream`], which copies nothing: there is an event for each token, and most
//! callers read to the end.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::{ChatStream, StreamEvent};
use crate::{LlmResponse, Result};

/// A stream that keeps what it has given. Made by [`ChatStream::keep_partial`].
///
/// ```
/// use ek_core::{ChatStream, LlmResponse, Result, StreamEvent};
///
/// /// Reads until the user has seen enough, and returns what came by then.
/// async fn read_until(stream: ChatStream, enough: impl Fn() -> bool) -> Result<LlmResponse> {
///     let mut stream = stream.keep_partial();
///     while let Some(event) = stream.next().await {
///         match event? {
///             StreamEvent::Done(reply) => return Ok(*reply),
///             _ if enough() => break,
///             _ => {}
///         }
///     }
///     Ok(stream.into_partial()) // the exchange ends here
/// }
/// ```
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is read"]
pub struct KeepingStream {
    stream: ChatStream,
    partial: LlmResponse,
}

impl KeepingStream {
    pub(super) fn new(stream: ChatStream) -> Self {
        Self { stream, partial: LlmResponse::default() }
    }

    /// The next event; `None` after the end. Cancel-safe: dropping the future loses no event, so that it
    /// may stand in a `select!` beside Ctrl-C.
    pub async fn next(&mut self) -> Option<Result<StreamEvent>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// What has been given so far: texts, whole tool calls and counts. A part of a call is no call yet.
    /// After [`StreamEvent::Done`] it is the whole reply, but for what only the whole reply has (its id,
    /// its native turn); after an error, [`Error::partial`](crate::Error::partial) may hold more.
    #[must_use]
    pub fn partial(&self) -> &LlmResponse {
        &self.partial
    }

    /// The same, and the end of the stream: what is under way behind it is stopped.
    #[must_use]
    pub fn into_partial(self) -> LlmResponse {
        self.partial
    }

    fn keep(&mut self, event: &StreamEvent) {
        let partial = &mut self.partial;
        match event {
            StreamEvent::Text(piece) => partial.content.push_str(piece),
            StreamEvent::Reasoning(piece) => {
                partial.reasoning.get_or_insert_default().push_str(piece);
            }
            StreamEvent::Refusal(piece) => {
                partial.refusal.get_or_insert_default().push_str(piece);
            }
            StreamEvent::ToolCall(call) => partial.tool_calls.push(call.clone()),
            StreamEvent::Usage(usage) => partial.usage.update(usage),
            StreamEvent::ToolCallDelta(_) | StreamEvent::Done(_) => {}
        }
    }
}

impl Stream for KeepingStream {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.stream).poll_next(cx);
        if let Poll::Ready(Some(Ok(event))) = &polled {
            self.keep(event);
        }
        polled
    }
}
