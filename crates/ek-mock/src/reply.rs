//! One scripted answer: what it is, and when it comes.

use std::time::Duration;

use ek_core::{Error, LlmResponse, Result};

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
}

impl MockReply {
    /// Lets the reply come this long after the call started, by tokio's clock, in place of the
    /// provider's own [latency](crate::MockProvider::with_latency).
    #[must_use]
    pub fn after(mut self, latency: Duration) -> Self {
        self.latency = Some(latency);
        self
    }

    pub(crate) fn latency(&self) -> Option<Duration> {
        self.latency
    }

    pub(crate) fn into_outcome(self) -> Result<LlmResponse> {
        self.outcome
    }
}

impl From<Result<LlmResponse>> for MockReply {
    fn from(outcome: Result<LlmResponse>) -> Self {
        Self { outcome, latency: None }
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
