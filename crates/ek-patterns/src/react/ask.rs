//! Asks the model once, for a whole reply or for a stream: the only difference of the two forms of the loop.

use ek_core::{
    ChatRequest, Error, ErrorKind, LlmResponse, Result, StreamEvent, StreamingProvider,
    ToolCallingProvider,
};

use super::ReactEvent;
use super::sink::Sink;
use crate::run::Run;

pub(super) trait Ask: Send + Sync {
    fn ask(
        &self,
        run: &Run,
        request: &ChatRequest,
        sink: &Sink,
    ) -> impl Future<Output = Result<LlmResponse>> + Send;
}

/// Waits for the whole reply.
pub(super) struct Whole<'a, P>(pub(super) &'a P);

impl<P: ToolCallingProvider> Ask for Whole<'_, P> {
    async fn ask(&self, run: &Run, request: &ChatRequest, _: &Sink) -> Result<LlmResponse> {
        run.complete(self.0, request).await
    }
}

/// Passes on the parts of the reply as they come.
pub(super) struct Streamed<P>(pub(super) P);

impl<P: ToolCallingProvider + StreamingProvider> Ask for Streamed<P> {
    async fn ask(&self, run: &Run, request: &ChatRequest, sink: &Sink) -> Result<LlmResponse> {
        let mut stream = run.stream(&self.0, request).await?;
        while let Some(event) = stream.next().await {
            match event? {
                StreamEvent::Text(piece) => sink.push(|| ReactEvent::Text(piece)),
                StreamEvent::Reasoning(piece) => sink.push(|| ReactEvent::Reasoning(piece)),
                StreamEvent::Refusal(piece) => sink.push(|| ReactEvent::Refusal(piece)),
                StreamEvent::Done(response) => return Ok(*response),
                // Calls have events when they run, and the outcome has the usage.
                _ => {}
            }
            sink.taken().await;
        }
        Err(Error::new(ErrorKind::Interrupted, "the stream ended without its reply"))
    }
}
