//! The mock at the trait: it records the call, asks the script for the reply, and lets it take its
//! time.

mod embedding;
mod outcome;
mod stream;

use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use ek_core::{
    ChatRequest, ChatStream, EmbeddingLimits, Error, ErrorKind, LlmProvider, LlmResponse, Result,
    StreamingProvider, ToolCallingProvider,
};

use self::outcome::{modelled, only_on_the_wire, whole};
use self::stream::Paced;
use crate::engine::{CallGuard, Engine, IncomingRequest};
use crate::pace::Pace;
use crate::reply::{FaultAt, pieces};
use crate::verify::OnDrop;
use crate::{Fault, MockReply, Rule, Script, When};

/// A provider that answers from a script and remembers what it was asked.
///
/// Clones share the replies and the record of calls, so a test keeps one and hands out another.
/// Parallel callers are safe: each of them takes its own reply. A call is recorded, and takes its
/// reply, when its future is first polled; dropping the future undoes neither.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// use ek_core::{ChatRequest, LlmProvider};
/// use ek_mock::MockProvider;
///
/// let provider = MockProvider::new(["flood", "ebb"]);
/// let request = ChatRequest::user("What is the tide doing?");
/// assert_eq!(provider.complete(&request).await?.content, "flood");
/// assert_eq!(provider.complete(&request).await?.content, "ebb");
/// assert_eq!(provider.complete(&request).await?.content, "flood"); // around again
///
/// assert_eq!(provider.call_count(), 3);
/// assert_eq!(provider.calls()[0].request, request);
/// # Ok(())
/// # }
/// ```
///
/// It streams too, with the same replies and the same record; a stream has the events that a
/// provider over HTTP gives, in the same order: pieces of the reasoning, of the text, of the refusal
/// and of the tool calls, then each whole tool call, the usage if there is any, and
/// [`StreamEvent::Done`](ek_core::StreamEvent::Done). A scripted error fails the call of
/// [`stream`](StreamingProvider::stream) itself; for one in mid-stream there is
/// [`MockReply::failing_after`].
///
/// It is an [`EmbeddingProvider`](ek_core::EmbeddingProvider) as well: a request for embeddings gets vectors made from its texts
/// ([`text_vector`](crate::text_vector)), unless a rule for embeddings fits it ([`When::embedding`]).
///
/// `Debug` shows numbers and settings, no prompts and no replies.
///
/// [`When::embedding`]: crate::When::embedding
#[doc(alias("fake", "stub", "double"))]
#[derive(Clone)]
pub struct MockProvider {
    engine: Arc<Engine>,
    _verify: Arc<OnDrop>,
    pace: Pace,
    strict: bool,
    model: Option<String>,
    tools: bool,
    embedding_limits: EmbeddingLimits,
}

impl MockProvider {
    /// A provider that gives these replies in order, and starts over after the last: a call too many
    /// gets the first again. [`strict`](Self::strict) makes that an error. Without any replies it gives
    /// empty texts, and so does [`MockProvider::default()`](Default::default).
    ///
    /// Replies of several kinds in one list are each made a [`MockReply`] first.
    #[must_use]
    pub fn new<R: Into<MockReply>>(replies: impl IntoIterator<Item = R>) -> Self {
        Self::from_script(Script::cycling(replies))
    }

    /// A provider that fails each call with this error, those for embeddings as well.
    ///
    /// ```
    /// use ek_core::{Error, ErrorKind};
    /// use ek_mock::MockProvider;
    /// let provider = MockProvider::failing(Error::new(ErrorKind::Server, "HTTP 503"));
    /// ```
    #[must_use]
    pub fn failing(error: Error) -> Self {
        let of_embeddings = error.clone();
        let replies = Rule::answering(When::any(), move |_| error.clone().into());
        let vectors = Rule::answering(When::embedding(), move |_| of_embeddings.clone().into());
        Self::from_script(Script::new().rule(replies).rule(vectors))
    }

    /// A provider whose replies a closure makes from the requests. Parallel calls run it in parallel.
    ///
    /// ```
    /// use ek_mock::MockProvider;
    /// let echo = MockProvider::respond_with(|request| request.last_user_text().unwrap_or_default().into_owned());
    /// ```
    #[must_use]
    pub fn respond_with<R: Into<MockReply>>(
        responder: impl Fn(&ChatRequest) -> R + Send + Sync + 'static,
    ) -> Self {
        Self::from_script(Script::responding(responder))
    }

    /// A provider that plays this script.
    ///
    /// A script that cannot be played ([`Script::check`]) fails each call with the reason.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> ek_core::Result<()> {
    /// use ek_core::{ChatRequest, LlmProvider};
    /// use ek_mock::{MockProvider, Script, When};
    ///
    /// let script = Script::new()
    ///     .on(When::user_text_contains("tide"), ["flood", "ebb"])
    ///     .otherwise(["I only know the sea."]);
    /// let provider = MockProvider::from_script(script);
    /// let reply = provider.complete(&ChatRequest::user("What is the tide doing?")).await?;
    /// assert_eq!(reply.content, "flood");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn from_script(script: Script) -> Self {
        let engine = Arc::new(Engine::new(script));
        Self {
            _verify: Arc::new(OnDrop(Arc::clone(&engine))),
            engine,
            pace: Pace::default(),
            strict: false,
            model: None,
            tools: true,
            embedding_limits: EmbeddingLimits::default(),
        }
    }

    /// Lets each reply come this long after its call started, by tokio's clock: under paused time it
    /// takes no real time. A reply's own latency comes first ([`MockReply::after`]).
    ///
    /// A call whose request has a shorter `timeout` fails at that time with [`ErrorKind::Timeout`].
    /// Without any latency no runtime is needed.
    ///
    /// This and the other settings belong to this handle; clones made before do not see them.
    #[must_use]
    pub fn with_latency(mut self, latency: Duration) -> Self {
        self.pace.latency = Some(latency);
        self
    }

    /// Lets streams come in pieces of this number of characters, the last of each text excepted: text,
    /// reasoning, refusal and the arguments of tool calls. Default: 4, about a token of English. At
    /// least 1, which 0 counts as.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> ek_core::Result<()> {
    /// use ek_core::{StreamEvent, StreamingProvider};
    /// use ek_mock::MockProvider;
    ///
    /// let provider = MockProvider::new(["low water"]).with_chunk_chars(5);
    /// let mut stream = provider.stream(&"And the tide?".into()).await?;
    /// assert_eq!(stream.next().await.transpose()?, Some(StreamEvent::Text("low w".into())));
    /// assert_eq!(stream.next().await.transpose()?, Some(StreamEvent::Text("ater".into())));
    /// assert_eq!(stream.collect().await?.content, "low water");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_chunk_chars(mut self, characters: usize) -> Self {
        self.pace.chunk_chars = Some(characters);
        self
    }

    /// Lets each piece of a stream, the first excepted, come this long after the one before it was
    /// taken, by tokio's clock; so too an error in mid-stream. Default: no pause. What follows the
    /// pieces (whole tool calls, usage and the end) comes with the last of them.
    ///
    /// The [latency](Self::with_latency) comes before the stream: the call of `stream` takes it.
    #[must_use]
    pub fn with_chunk_delay(mut self, delay: Duration) -> Self {
        self.pace.pause = Some(delay);
        self
    }

    /// Gives each reply of the script once: a call more is an error of the kind
    /// [`ErrorKind::Config`], which is not retried. Without any replies no call is expected at all.
    ///
    /// For single rules, and on the wire, there is [`AtEnd::Strict`](crate::AtEnd::Strict) and
    /// [`Script::once`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> ek_core::Result<()> {
    /// use ek_core::{ChatRequest, LlmProvider};
    /// use ek_mock::MockProvider;
    ///
    /// let llm = MockProvider::new(["flood"]).strict();
    /// let request = ChatRequest::user("What is the tide doing?");
    /// assert_eq!(llm.complete(&request).await?.content, "flood");
    /// let error = llm.complete(&request).await.expect_err("there was one reply");
    /// assert!(error.to_string().contains("call 2"), "{error}");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Sets the name that [`LlmProvider::model`] gives, and
    /// [`embedding_model`](ek_core::EmbeddingProvider::embedding_model); none by default.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Lets [`ToolCallingProvider::supports_tools`] say no, which it does not by default.
    #[must_use]
    pub fn without_tools(mut self) -> Self {
        self.tools = false;
        self
    }

    /// What the script answers to a call, when it is time.
    async fn answer(&self, incoming: IncomingRequest) -> (CallGuard, Result<MockReply>) {
        let (timeout, streamed) = (incoming.request.timeout, incoming.streamed);
        let (guard, reply) = self.engine.begin(&incoming, self.strict);
        let latency = self.pace(&reply).latency();
        if let Some(timeout) = timeout.filter(|timeout| *timeout < latency) {
            tokio::time::sleep(timeout).await;
            let why = format!("no reply within {timeout:?}: the mock takes {latency:?}");
            return (guard, Err(Error::new(ErrorKind::Timeout, why)));
        }
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        if let (Some((FaultAt::Pieces(_), Fault::Hang)), false) = (&reply.fault, streamed) {
            let Some(timeout) = timeout else { pending().await };
            tokio::time::sleep(timeout.saturating_sub(latency)).await;
            let why = format!("no reply within {timeout:?}: the mock hangs");
            return (guard, Err(Error::new(ErrorKind::Timeout, why)));
        }
        guard.begins();
        (guard, Ok(reply))
    }

    fn pace(&self, reply: &MockReply) -> Pace {
        reply.pace.or(self.pace).or(self.engine.pace())
    }

    fn events(&self, reply: MockReply, request: &ChatRequest, guard: CallGuard) -> Result<Paced> {
        let model = match modelled(&reply) {
            Ok(model) => model,
            Err(error) => return fail(guard, error),
        };
        let pace = self.pace(&reply);
        let made = model.response_to(request).and_then(|whole| {
            Ok((pieces::of(&whole, &model.fragments, pace.chunk_chars())?, whole))
        });
        let (events, whole) = match made {
            Ok(made) => made,
            Err(error) => return fail(guard, error),
        };
        let fragments = model.fragments.clone();
        let (events, end) = match reply.fault {
            None | Some((_, Fault::NoDone)) => (events, None),
            Some((FaultAt::Byte(_), _)) => {
                return fail(guard, only_on_the_wire("a fault at a byte"));
            }
            Some((FaultAt::Pieces(count), fault)) => (pieces::first(events, count), Some(fault)),
        };
        let hangs = matches!(end, Some(Fault::Hang));
        let error = end.and_then(|fault| fault.into_error(events.len()));
        let error = error.map(|error| Err(pieces::breaking(&whole, &fragments, &events, error)));
        let items = events.into_iter().map(Ok).chain(error).collect();
        Ok(Paced::new(items, pace.pause(), hangs, guard))
    }
}

fn fail<T>(guard: CallGuard, error: Error) -> Result<T> {
    guard.fail();
    Err(error)
}

fn finish<T>(guard: CallGuard, outcome: Result<T>) -> Result<T> {
    match outcome {
        Ok(whole) => {
            guard.finish();
            Ok(whole)
        }
        Err(error) => fail(guard, error),
    }
}

impl LlmProvider for MockProvider {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        let (guard, reply) = self.answer(IncomingRequest::for_reply(request, false)).await;
        let read = |reply: &MockReply| modelled(reply)?.response_to(request);
        finish(guard, reply.and_then(|reply| whole(reply, read)))
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}

impl StreamingProvider for MockProvider {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        match self.answer(IncomingRequest::for_reply(request, true)).await {
            (guard, Ok(reply)) => self.events(reply, request, guard).map(ChatStream::new),
            (guard, Err(error)) => fail(guard, error),
        }
    }
}

impl ToolCallingProvider for MockProvider {
    fn supports_tools(&self) -> bool {
        self.tools
    }
}

/// A provider that gives empty texts.
impl Default for MockProvider {
    fn default() -> Self {
        Self::new(Vec::<MockReply>::new())
    }
}

impl fmt::Debug for MockProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("MockProvider");
        out.field("rules", &self.engine.script().rules.len())
            .field("calls", &self.call_count())
            .field("latency", &self.pace.latency)
            .field("strict", &self.strict)
            .field("model", &self.model)
            .field("tools", &self.tools);
        if let Some(characters) = self.pace.chunk_chars {
            out.field("chunk_chars", &characters);
        }
        if let Some(delay) = self.pace.pause {
            out.field("chunk_delay", &delay);
        }
        out.finish()
    }
}

crate::assertions::call_assertions!(MockProvider);
