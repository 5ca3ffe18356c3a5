//! What the call layer does with a stream: waits for its first event, and hears of its end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ek_core::{
    ChatRequest, ChatStream, Error, ErrorKind, LlmResponse, Result, StreamEvent, StreamingProvider,
};
use futures_util::Stream;

/// Opens a stream and waits for its first event: an error in its place can still be retried, or lead to
/// another provider.
pub(crate) async fn open<P: StreamingProvider>(
    provider: &P,
    request: &ChatRequest,
) -> Result<Opened> {
    let mut rest = provider.stream(request).await?;
    match rest.next().await {
        Some(first) => Ok(Opened { first: Some(first?), rest }),
        None => Err(Error::new(ErrorKind::Interrupted, "the stream ended before its first event")),
    }
}

/// A stream of which one event may have been read.
pub(crate) struct Opened {
    first: Option<StreamEvent>,
    rest: ChatStream,
}

impl Opened {
    /// A stream of which nothing has been read.
    pub(crate) fn unread(rest: ChatStream) -> Self {
        Self { first: None, rest }
    }

    /// The whole stream; `end` hears of its end, and is dropped with it before.
    pub(crate) fn ending_with(self, end: impl End) -> ChatStream {
        ChatStream::new(Watched { events: self, end: Some(end) })
    }
}

/// What happens once at the end of a stream.
pub(crate) trait End: Send + Unpin + 'static {
    /// The reply is whole.
    fn done(self, reply: &LlmResponse);

    /// The stream failed; returns the error to tell.
    fn failed(self, error: Error) -> Error;
}

struct Watched<E> {
    events: Opened,
    end: Option<E>,
}

impl<E: End> Stream for Watched<E> {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let event = match this.events.first.take() {
            Some(first) => Some(Ok(first)),
            None => ready!(Pin::new(&mut this.events.rest).poll_next(cx)),
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
