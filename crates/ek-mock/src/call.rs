//! What a mock remembers of a call.

use std::borrow::Cow;
use std::fmt;

use ek_core::{ChatRequest, EmbeddingRequest, ProtocolName};
use tokio::time::Instant;

use crate::script::Asked;

/// One call that a mock received.
///
/// `Debug` shows no texts and no header values.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// use ek_core::{ChatRequest, LlmProvider};
/// use ek_mock::{CallOutcome, MockProvider};
///
/// let provider = MockProvider::new(["warm"]);
/// provider.complete(&ChatRequest::user("How is the kiln?").with_temperature(0.2)).await?;
///
/// let call = provider.last_call().expect("one call was made");
/// assert_eq!((call.number, call.attempt, call.streamed), (1, 1, false));
/// assert_eq!(call.request.temperature, Some(0.2));
/// assert_eq!(call.outcome, CallOutcome::Finished);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct MockCall {
    /// Which call it was, counted from 1 in the order in which calls started.
    pub number: usize,
    /// What was asked: a copy, taken when the call started. On the wire it is what the body says. Of a
    /// request for embeddings it has the model alone, and the time limit and the key where there are any.
    pub request: ChatRequest,
    /// The request for embeddings, if the call was one.
    pub embedding: Option<EmbeddingRequest>,
    /// Whether it was a stream ([`StreamingProvider::stream`](ek_core::StreamingProvider::stream)).
    pub streamed: bool,
    /// The protocol that it came in. `None` at the trait.
    pub protocol: Option<ProtocolName>,
    /// Which attempt of the same request it was, counted from 1 (see [`Per::Request`]).
    ///
    /// [`Per::Request`]: crate::Per::Request
    pub attempt: usize,
    /// The rule that answered it, as messages call it: `rule "tides"`, or by its number and
    /// conditions. `None` if no rule fitted.
    pub rule: Option<String>,
    /// The headers of the request on the wire, in order, with credentials replaced by
    /// [`REDACTED`](ek_core::REDACTED). At the trait none; there they are in `request`.
    pub headers: Vec<(String, String)>,
    /// The request as it came over the wire. `None` at the trait; there it is in `request`.
    pub sent: Option<SentRequest>,
    /// Why the script could not answer it, where what came was no chat request at all.
    pub problem: Option<String>,
    /// What became of it.
    pub outcome: CallOutcome,
    /// When it came, by tokio's clock.
    pub started: Instant,
    /// When its reply began: at the trait with the call's end or the stream's start, on the wire with
    /// the first byte.
    pub first_byte: Option<Instant>,
    /// When it ended.
    pub ended: Option<Instant>,
    /// What has to be masked where the call is shown.
    pub(crate) credentials: Vec<String>,
    /// The rule by its place in the script.
    pub(crate) rule_at: Option<usize>,
}

/// A request as it came over the wire, beside what the mock read of it. Its headers are
/// [`MockCall::headers`].
///
/// `Debug` shows the method, the path and the length of the body.
///
/// ```
/// use ek_mock::MockCall;
///
/// fn assert_that_the_effort_was_sent(call: &MockCall) {
///     let sent = call.sent.as_ref().expect("it came over the wire");
///     assert_eq!((&*sent.method, &*sent.path), ("POST", "/v1/responses"));
///     assert!(sent.body_text().contains(r#""effort":"low""#));
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentRequest {
    /// The method, as sent.
    pub method: String,
    /// The path, with credentials replaced by [`REDACTED`](ek_core::REDACTED).
    pub path: String,
    /// What stands behind the `?`, as sent but for credentials; empty if nothing does.
    pub query: String,
    /// The body, byte for byte, with chunks put together.
    pub body: Vec<u8>,
}

impl SentRequest {
    /// The body as text. Bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn body_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

impl fmt::Debug for SentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What became of a call.
///
/// ```
/// use ek_core::{ChatRequest, LlmProvider};
/// use ek_mock::{CallOutcome, MockProvider};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::new(["Slowly."]);
/// llm.complete(&ChatRequest::user("How does a kiln cool?")).await?;
/// assert_eq!(llm.calls()[0].outcome, CallOutcome::Finished);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallOutcome {
    /// It is under way.
    Pending,
    /// It got its whole reply.
    Finished,
    /// It got an error or a fault: a scripted one, or that the script had nothing for it.
    Failed,
    /// Its caller dropped it, or on the wire closed the connection, before the reply was whole.
    Dropped,
}

impl MockCall {
    /// The call as conditions look at it.
    pub(crate) fn asked(&self) -> Asked<'_> {
        let asked = Asked::new(&self.request, self.streamed, self.protocol.as_ref());
        asked.with_embedding(self.embedding.as_ref(), None)
    }
}

impl fmt::Debug for MockCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header_names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let mut out = f.debug_struct("MockCall");
        if let Some(embedding) = &self.embedding {
            out.field("embedding", embedding);
        }
        out.field("number", &self.number)
            .field("attempt", &self.attempt)
            .field("streamed", &self.streamed)
            .field("outcome", &self.outcome)
            .field("request", &self.request)
            .field("headers", &header_names)
            .finish_non_exhaustive()
    }
}
