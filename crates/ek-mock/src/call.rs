//! What a mock remembers of a call.

use ek_core::ChatRequest;

/// One call that a [`MockProvider`](crate::MockProvider) received.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// use ek_core::{ChatRequest, LlmProvider};
/// use ek_mock::MockProvider;
///
/// let provider = MockProvider::new(["warm"]);
/// provider.complete(&ChatRequest::user("How is the kiln?").with_temperature(0.2)).await?;
///
/// let call = provider.last_call().expect("one call was made");
/// assert_eq!((call.number, call.streamed), (1, false));
/// assert_eq!(call.request.temperature, Some(0.2));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MockCall {
    /// Which call it was, counted from 1 in the order in which calls started.
    pub number: usize,
    /// What was asked: a copy, taken when the call started.
    pub request: ChatRequest,
    /// Whether it was a stream ([`StreamingProvider::stream`](ek_core::StreamingProvider::stream)).
    pub streamed: bool,
}
