//! Asks the model once, for a whole reply or for a stream: the only difference of the two forms of a pattern.

use ek_core::{
    ChatRequest, Error, ErrorKind, LlmProvider, LlmResponse, Result, StreamEvent, StreamingProvider,
};

use crate::run::Run;
use crate::sink::Sink;

pub(crate) trait Ask<E>: Send + Sync {
    fn ask(
        &self,
        run: &Run,
        request: &ChatRequest,
        sink: &Sink<E>,
    ) -> impl Future<Output = Result<LlmResponse>> + Send;
}

/// An event of a pattern that passes on a part of a reply.
pub(crate) trait Piece: Sized {
    /// The event for this part; `None` where the pattern does not pass it on.
    fn of(event: StreamEvent) -> Option<Self>;
}

/// Waits for the whole reply.
pub(crate) struct Whole<'a, P>(pub(crate) &'a P);

impl<P: LlmProvider, E: Send> Ask<E> for Whole<'_, P> {
    async fn ask(&self, run: &Run, request: &ChatRequest, _: &Sink<E>) -> Result<LlmResponse> {
        run.complete(self.0, request).await
    }
}

/// Passes on the parts of the reply as they come.
pub(crate) struct Streamed<P>(pub(crate) P);

impl<P: StreamingProvider, E: Piece + Send> Ask<E> for Streamed<P> {
    async fn ask(&self, run: &Run, request: &ChatRequest, sink: &Sink<E>) -> Result<LlmResponse> {
        let mut stream = run.stream(&self.0, request).await?;
        while let Some(event) = stream.next().await {
            match event? {
                StreamEvent::Done(response) => return Ok(*response),
                part => {
                    if let Some(event) = E::of(part) {
                        sink.push(|| event);
                    }
                }
            }
            sink.taken().await;
        }
        Err(Error::new(ErrorKind::Interrupted, "the stream ended without its reply"))
    }
}
