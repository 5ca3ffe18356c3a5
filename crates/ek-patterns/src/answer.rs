//! What a provider answers a call with: a whole reply, embeddings, or a stream, which is watched until its end.
//! What is done with a call is written once for the three.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ek_core::{
    ChatRequest, ChatStream, EmbeddingProvider, EmbeddingRequest, Embeddings, Error, ErrorKind,
    LlmProvider, LlmResponse, Result, Spend, StreamEvent, StreamingProvider, Usage,
};
use futures_util::Stream;

use crate::ledger::RequestTo;

/// What a provider answers one request with.
pub(crate) trait Answer<P>: Sized + Send {
    type Request: RequestTo<P>;

    fn ask(provider: &P, request: &Self::Request) -> impl Future<Output = Result<Self>> + Send;
}

impl<P: LlmProvider> Answer<P> for LlmResponse {
    type Request = ChatRequest;

    async fn ask(provider: &P, request: &ChatRequest) -> Result<Self> {
        provider.complete(request).await
    }
}

impl<P: EmbeddingProvider> Answer<P> for Embeddings {
    type Request = EmbeddingRequest;

    async fn ask(provider: &P, request: &EmbeddingRequest) -> Result<Self> {
        whole(provider.embed(request).await?, request)
    }
}

/// An answer that came as a whole: what it took, and of which model it is.
pub(crate) trait WholeAnswer {
    fn usage(&self) -> Usage;

    fn model(&self) -> Option<&str>;
}

impl WholeAnswer for LlmResponse {
    fn usage(&self) -> Usage {
        self.usage
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}

impl WholeAnswer for Embeddings {
    fn usage(&self) -> Usage {
        self.usage
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}

/// A vector for each input: with one missing, all behind it would stand at the wrong place.
fn whole(found: Embeddings, request: &EmbeddingRequest) -> Result<Embeddings> {
    let (asked, came) = (request.inputs.len(), found.len());
    if asked == came {
        return Ok(found);
    }
    let why = format!("{came} vectors came for {asked} inputs");
    Err(Error::new(ErrorKind::Malformed, why).with_spend(Spend::of(found.usage)))
}

/// A stream whose first event has come. An error in place of that event can still be retried, or lead to
/// another provider; a later one cannot.
pub(crate) struct PrimedStream {
    first: StreamEvent,
    rest: ChatStream,
}

impl<P: StreamingProvider> Answer<P> for PrimedStream {
    type Request = ChatRequest;

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
