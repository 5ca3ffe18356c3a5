//! The stream itself: boxed, so that every provider's has one type.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::{KeepingStream, StreamEvent};
use crate::{Error, ErrorKind, LlmResponse, Result};

/// A reply as it comes.
///
/// Ends in exactly one way: with [`StreamEvent::Done`], which holds the whole reply, or with one error,
/// whose [`partial`](Error::partial) holds what was delivered; after either there is nothing more.
/// Dropping the stream stops the work behind it.
///
/// ```
/// use ek_core::{ChatStream, Result, StreamEvent};
///
/// async fn print(mut stream: ChatStream) -> Result<()> {
///     while let Some(event) = stream.next().await {
///         match event? {
///             StreamEvent::Text(piece) => print!("{piece}"),
///             StreamEvent::Done(reply) => println!("\n{:?} tokens", reply.total_tokens()),
///             _ => {}
///         }
///     }
///     Ok(())
/// }
/// ```
#[must_use = "a stream does nothing unless it is read"]
pub struct ChatStream {
    /// `None` once it has ended, so that nothing comes after the end and what it held is let go.
    inner: Option<Pin<Box<dyn Stream<Item = Result<StreamEvent>> + Send>>>,
}

impl ChatStream {
    /// Makes a stream of a provider's events. Whatever comes after the first error or
    /// [`StreamEvent::Done`] is not delivered; a stream that ends without either gets an
    /// [`ErrorKind::Interrupted`].
    pub fn new(events: impl Stream<Item = Result<StreamEvent>> + Send + 'static) -> Self {
        Self { inner: Some(Box::pin(events)) }
    }

    /// The next event; `None` after the end. Cancel-safe: dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Result<StreamEvent>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Waits for the end and returns the whole reply: the same as a unary call would have given,
    /// [`raw`](LlmResponse::raw) excepted.
    ///
    /// # Errors
    /// The stream's own error, with what had come by then in [`Error::partial`].
    pub async fn collect(mut self) -> Result<LlmResponse> {
        while let Some(event) = self.next().await {
            if let StreamEvent::Done(response) = event? {
                return Ok(*response);
            }
        }
        Err(Error::new(ErrorKind::Interrupted, "the stream was at its end before it was collected"))
    }

    /// Keeps a copy of what the stream gives, so that a caller who stops in the middle has what came.
    pub fn keep_partial(self) -> KeepingStream {
        KeepingStream::new(self)
    }
}

impl Stream for ChatStream {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(inner) = &mut self.inner else {
            return Poll::Ready(None);
        };
        // Handed on as it is, without a copy: there is one of these for each token.
        let mut polled = inner.as_mut().poll_next(cx);
        match &polled {
            Poll::Pending => {}
            Poll::Ready(Some(Ok(event))) if !matches!(event, StreamEvent::Done(_)) => {}
            Poll::Ready(Some(_)) => self.inner = None,
            Poll::Ready(None) => {
                self.inner = None;
                polled = Poll::Ready(Some(Err(Error::new(
                    ErrorKind::Interrupted,
                    "the stream ended without a sign that the reply is whole",
                ))));
            }
        }
        polled
    }
}

impl fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatStream").field("ended", &self.inner.is_none()).finish_non_exhaustive()
    }
}
