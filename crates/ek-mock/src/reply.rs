//! One scripted answer: what it is, and when it comes.

use std::time::Duration;

use ek_core::{ChatStream, Error, LlmResponse, Result};

use crate::pieces;
use crate::stream::{Pace, Paced};

/// What a [`MockProvider`](crate::MockProvider) answers to one call: a response or an error, at once
/// or after a while.
///
/// Made from a text, an [`LlmResponse`], an [`Error`] or a `Result<LlmResponse>`. `Debug` shows no
/// texts.
///
/// ```
/// use ek_core::{Error, ErrorKind, LlmResponse, Usage};
/// use ek_mock::{MockProvider, MockReply};
/// use std::time::Duration;
///
/// let provider = MockProvider::new([
///     MockReply::from(Error::new(ErrorKind::RateLimited, "slow down")),
///     MockReply::from("a text").after(Duration::from_secs(2)),
///     MockReply::from(LlmResponse::text("a text with usage").with_usage(Usage::new(11, 4))),
/// ]);
/// ```
#[derive(Debug, Clone)]
pub struct MockReply {
    outcome: Result<LlmResponse>,
    latency: Option<Duration>,
    /// How many events come before this error ends the reply.
    fault: Option<(usize, Error)>,
}

impl MockReply {
    /// Lets the reply come this long after the call started, by tokio's clock, in place of the
    /// provider's own [latency](crate::MockProvider::with_latency).
    #[must_use]
    pub fn after(mut self, latency: Duration) -> Self {
        self.latency = Some(latency);
        self
    }

    /// Breaks the reply off: its stream ends with this error after so many events, at the latest in
    /// place of [`StreamEvent::Done`](ek_core::StreamEvent::Done).
    ///
    /// As with a provider over HTTP the error then holds what was delivered
    /// ([`Error::partial`]), and is not retryable if that was one event or more. A call that does not
    /// stream fails with the error as it is.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> ek_core::Result<()> {
    /// use ek_core::{ChatRequest, Error, ErrorKind, StreamingProvider};
    /// use ek_mock::{MockProvider, MockReply};
    ///
    /// let cut = Error::new(ErrorKind::Interrupted, "the connection is gone");
    /// let reply = MockReply::from("Slowly, or the clay cracks.").failing_after(2, cut);
    /// let provider = MockProvider::new([reply]).with_chunk_chars(8);
    ///
    /// let stream = provider.stream(&ChatRequest::user("How does a kiln cool?")).await?;
    /// let error = stream.collect().await.expect_err("the reply is broken off");
    /// assert_eq!(error.partial().expect("what came").content, "Slowly, or the c");
    /// assert!(!error.is_retryable());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn failing_after(mut self, events: usize, error: Error) -> Self {
        self.fault = Some((events, error));
        self
    }

    pub(crate) fn latency(&self) -> Option<Duration> {
        self.latency
    }

    /// The answer in one piece.
    pub(crate) fn into_outcome(self) -> Result<LlmResponse> {
        match self.fault {
            Some((_, error)) => self.outcome.and(Err(error)),
            None => self.outcome,
        }
    }

    /// The answer in many pieces.
    pub(crate) fn into_stream(self, pace: Pace) -> Result<ChatStream> {
        let reply = self.outcome?;
        let events = pieces::of(&reply, pace.chunk_chars);
        let items = match self.fault {
            Some((count, error)) => pieces::broken_off(&reply, events, count, error),
            None => events.into_iter().map(Ok).collect(),
        };
        Ok(ChatStream::new(Paced::new(items, pace.chunk_delay)))
    }
}

impl From<Result<LlmResponse>> for MockReply {
    fn from(outcome: Result<LlmResponse>) -> Self {
        Self { outcome, latency: None, fault: None }
    }
}

impl From<LlmResponse> for MockReply {
    fn from(response: LlmResponse) -> Self {
        Ok(response).into()
    }
}

impl From<Error> for MockReply {
    fn from(error: Error) -> Self {
        Err(error).into()
    }
}

impl From<&str> for MockReply {
    fn from(text: &str) -> Self {
        LlmResponse::text(text).into()
    }
}

impl From<String> for MockReply {
    fn from(text: String) -> Self {
        LlmResponse::text(text).into()
    }
}
