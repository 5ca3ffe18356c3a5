//! One scripted answer: what it is, when it comes, in which pieces, and what goes wrong with it.

mod answer;
mod cuts;
mod fault;
pub(crate) mod pieces;
mod raw;
mod vectors;

use std::time::Duration;

use ek_core::{Error, ErrorKind, LlmResponse, Result, ToolCallFragment};

#[cfg(feature = "wire")]
pub(crate) use answer::input_tokens;
pub(crate) use answer::{Answer, ModelReply};
pub use cuts::Cuts;
pub use fault::Fault;
pub(crate) use fault::FaultAt;
pub use raw::{ErrorReply, RawReply};

use crate::pace::Pace;

/// What a mock answers to one call: a response or an error, at once or after a while, whole or broken.
///
/// Made from a text, an [`LlmResponse`], an [`Error`], a `Result<LlmResponse>`, an [`ErrorReply`] or a
/// [`RawReply`]; a request for embeddings is answered with [`vectors`](Self::vectors) or with
/// [`Embeddings`](ek_core::Embeddings) in place of a text. `Debug` shows no texts.
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
    pub(crate) answer: Answer,
    pub(crate) pace: Pace,
    pub(crate) cuts: Cuts,
    pub(crate) fault: Option<(FaultAt, Fault)>,
}

impl MockReply {
    pub(crate) fn new(answer: Answer) -> Self {
        Self { answer, pace: Pace::default(), cuts: Cuts::default(), fault: None }
    }

    /// One entry of a queue that answers the attempts of one request, one after another: the first
    /// reply the first attempt, and so on, the last again and again. Without any it gives empty texts.
    ///
    /// So a retry does not take what was meant for another caller. The rule it stands in is
    /// [per request](crate::Per::Request). Latency, pieces and faults belong to the replies inside;
    /// a sequence within a sequence is refused.
    ///
    /// ```
    /// use ek_core::{Error, ErrorKind};
    /// use ek_mock::MockReply;
    ///
    /// let busy = Error::new(ErrorKind::RateLimited, "slow down");
    /// let reply = MockReply::attempts([busy.into(), MockReply::from("at last")]);
    /// ```
    #[must_use]
    pub fn attempts<R: Into<Self>>(replies: impl IntoIterator<Item = R>) -> Self {
        Self::new(Answer::Attempts(replies.into_iter().map(Into::into).collect()))
    }

    /// A reply whose tool calls come in these pieces, as they are: indexes that jump, ids that come
    /// late, arguments cut anywhere. A reply that is not streamed has the calls that they make.
    ///
    /// ```
    /// use ek_core::ToolCallFragment;
    /// use ek_mock::MockReply;
    ///
    /// let fragment = || ToolCallFragment::new().with_index(4);
    /// let reply = MockReply::in_fragments("I look it up.", [
    ///     fragment().with_id("call_1").with_name("tide").with_arguments("{\"ci"),
    ///     fragment().with_arguments("ty\":\"Oslo\"}"),
    /// ]);
    /// ```
    #[must_use]
    pub fn in_fragments(
        response: impl Into<LlmResponse>,
        fragments: impl IntoIterator<Item = ToolCallFragment<'static>>,
    ) -> Self {
        let (response, fragments) = (response.into(), fragments.into_iter().collect());
        let model = ModelReply { response, fragments, counts_tokens: false };
        Self::new(Answer::Model(Box::new(model)))
    }

    /// Lets the reply come this long after the call started, by tokio's clock, in place of the
    /// script's own [latency](crate::Script::with_latency).
    #[must_use]
    pub fn after(mut self, latency: Duration) -> Self {
        self.pace.latency = Some(latency);
        self
    }

    /// Lets each piece but the first come this long after the one before it, by tokio's clock. On the
    /// wire a piece is a write (see [`Cuts`]), at the trait an event.
    #[must_use]
    pub fn with_pause(mut self, pause: Duration) -> Self {
        self.pace.pause = Some(pause);
        self
    }

    /// Lets a stream come in pieces of this number of characters; 0 counts as 1.
    #[must_use]
    pub fn with_chunk_chars(mut self, characters: usize) -> Self {
        self.pace.chunk_chars = Some(characters);
        self
    }

    /// Sets how the body is cut into writes on the wire.
    #[must_use]
    pub fn with_cuts(mut self, cuts: Cuts) -> Self {
        self.cuts = cuts;
        self
    }

    /// Makes up a usage where the reply has none: one token for each four characters of the
    /// conversation, and of the reply. By default the usage is what the reply says, and unknown if it
    /// says nothing. No effect on what is no reply of a model.
    #[must_use]
    pub fn with_counted_usage(mut self) -> Self {
        match &mut self.answer {
            Answer::Model(model) => model.counts_tokens = true,
            Answer::Vectors(vectors) => vectors.counts_tokens = true,
            Answer::Error(_) | Answer::Raw(_) | Answer::Attempts(_) => {}
        }
        self
    }

    /// Breaks the reply off: its stream ends with this fault after this number of pieces, at the latest in
    /// place of [`StreamEvent::Done`](ek_core::StreamEvent::Done), and on the wire of the last event.
    ///
    /// As with a provider over HTTP the error then holds what was delivered
    /// ([`Error::partial`]), and is not retryable if that was one event or more. A call that does not
    /// stream fails with the error as it is; on the wire its body is cut in the middle.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> ek_core::Result<()> {
    /// use ek_core::{ChatRequest, StreamingProvider};
    /// use ek_mock::{Fault, MockProvider, MockReply};
    ///
    /// let reply = MockReply::from("Slowly, or the clay cracks.").failing_after(2, Fault::Reset);
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
    pub fn failing_after(mut self, pieces: usize, fault: impl Into<Fault>) -> Self {
        self.fault = Some((FaultAt::Pieces(pieces), fault.into()));
        self
    }

    /// Breaks the reply off after this number of bytes of its body, at the latest at its end. On the wire
    /// only: at the trait there are no bytes, and the call fails with `Unsupported`.
    #[must_use]
    pub fn failing_at_byte(mut self, offset: usize, fault: impl Into<Fault>) -> Self {
        self.fault = Some((FaultAt::Byte(offset), fault.into()));
        self
    }

    /// Leaves the mark out that stands behind the end of a stream on the wire: `[DONE]`, or Anthropic's
    /// `message_stop`. The Responses API and Gemini have none, and there nothing is left out.
    #[must_use]
    pub fn without_done(self) -> Self {
        self.failing_after(usize::MAX, Fault::NoDone)
    }

    pub(crate) fn is_sequence(&self) -> bool {
        matches!(self.answer, Answer::Attempts(_))
    }

    /// Whether a request of this kind can have the reply: for vectors, or for a reply of a model.
    pub(crate) fn can_answer(&self, embedding: bool) -> bool {
        match &self.answer {
            Answer::Model(_) => !embedding,
            Answer::Vectors(_) => embedding,
            Answer::Error(_) | Answer::Raw(_) => true,
            Answer::Attempts(replies) => replies.iter().all(|reply| reply.can_answer(embedding)),
        }
    }

    /// The reply to this attempt, counted from 1, of a request.
    pub(crate) fn for_attempt(&self, attempt: usize) -> Self {
        let Answer::Attempts(replies) = &self.answer else { return self.clone() };
        let reply = replies.get(attempt.saturating_sub(1)).or(replies.last());
        reply.cloned().unwrap_or_else(|| Self::from(""))
    }

    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Config, why));
        match &self.answer {
            Answer::Model(model) => model.check(),
            Answer::Vectors(_) | Answer::Error(_) | Answer::Raw(_) => Ok(()),
            Answer::Attempts(_) if self.has_settings() => {
                refuse("latency, pieces and faults belong to the replies inside a sequence")
            }
            Answer::Attempts(replies) if replies.iter().any(Self::is_sequence) => {
                refuse("a sequence of attempts stands within another one")
            }
            Answer::Attempts(replies) => replies.iter().try_for_each(Self::check),
        }
    }

    fn has_settings(&self) -> bool {
        self.pace != Pace::default() || self.cuts != Cuts::default() || self.fault.is_some()
    }
}

impl From<Result<LlmResponse>> for MockReply {
    fn from(outcome: Result<LlmResponse>) -> Self {
        match outcome {
            Ok(response) => response.into(),
            Err(error) => error.into(),
        }
    }
}

impl From<LlmResponse> for MockReply {
    fn from(response: LlmResponse) -> Self {
        let model = ModelReply { response, ..ModelReply::default() };
        Self::new(Answer::Model(Box::new(model)))
    }
}

impl From<Error> for MockReply {
    fn from(error: Error) -> Self {
        ErrorReply::new(error).into()
    }
}

impl From<ErrorReply> for MockReply {
    fn from(reply: ErrorReply) -> Self {
        Self::new(Answer::Error(Box::new(reply)))
    }
}

impl From<RawReply> for MockReply {
    fn from(reply: RawReply) -> Self {
        Self::new(Answer::Raw(Box::new(reply)))
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
