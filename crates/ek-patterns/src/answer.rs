//! What a provider answers a call with: a whole reply, or a stream, which is watched until its end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ek_core::{
    ChatRequest, ChatStream, Error, ErrorKind, LlmProvider, LlmResponse, Result, StreamEvent,
    StreamingProvider,
};
use futures_util::Stream;

/// What a provider answers one request with.
pub(crate) trait Answer<P>: Sized + Send {
    const IS_STREAM: bool;

    fn ask(provider: &P, request: &ChatRequest) -> impl Future<Output = Result<Self>> + Send;
}

impl<P: LlmProvider> Answer<P> for LlmResponse {
    const IS_STREAM: bool = false;

    async fn ask(provider: &P, request: &ChatRequest) -> Result<Self> {
        provider.complete(request).await
    }
}

/// A stream whose first event has come. An error in place of that event can still be retried, or lead to
/// another provider; a later one cannot.
pub(crate) struct PrimedStream {
    first: StreamEvent,
    rest: ChatStream,
}

impl<P: StreamingProvider> Answer<P> for PrimedStream {
    const IS_STREAM: bool = true;

    async fn ask(provider: &P, request: &ChatRequest) -> Result<Self> {
        let mut rest = provider.stream(request).await?;
        match rest.next().await {
            Some(first) => Ok(Self { first: first?, rest }),
            None => {
                let why = "the stream ended before its first event";
                Err(Error::new(ErrorKind::Interrupted, why))
            }
        }
    }
}

impl PrimedStream {
    /// The whole stream, the first event included, with what happens at its end.
    pub(crate) fn with_end(self, end: impl End) -> ChatStream {
        ChatStream::new(Watched { first: Some(self.first), rest: self.rest, end: Some(end) })
    }
}

/// A stream of which nothing has been read, with what happens at its end.
pub(crate) fn with_end(stream: ChatStream, end: impl End) -> ChatStream {
    ChatStream::new(Watched { first: None, rest: stream, end: Some(end) })
}

/// What happens once, at the end of a stream; dropped where the stream is dropped before.
pub(crate) trait End: Send + Unpin + 'static {
    /// The reply is whole.
    fn done(self, reply: &LlmResponse);

    /// The stream failed; returns the error that the stream ends with.
    fn failed(self, error: Error) -> Error;
}

struct Watched<E> {
    first: Option<StreamEvent>,
    rest: ChatStream,
    end: Option<E>,
}

impl<E: End> Stream for Watched<E> {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let event = match this.first.take() {
            Some(first) => Some(Ok(first)),
            None => ready!(Pin::new(&mut this.rest).poll_next(cx)),
        };
        Poll::Ready(match event {
            Some(Ok(StreamEvent::Done(reply))) => {
                if let Some(end) = this.end.take() {
                    end.done(&reply);
                }
                Some(Ok(StreamEvent::Done(reply)))
            }
            Some(Err(error)) => Some(Err(match this.end.take() {
                Some(end) => end.failed(error),
                None => error,
            })),
            other => other,
        })
    }
}
