//! The mock at the trait: it records the call, asks the script for the reply, and lets it take its
//! time.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ek_core::{
    ChatRequest, ChatStream, Error, ErrorKind, LlmProvider, LlmResponse, Result, StreamingProvider,
    ToolCallingProvider,
};

use crate::script::Script;
use crate::stream::Pace;
use crate::{MockCall, MockReply};

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
/// `Debug` shows numbers and settings, no prompts and no replies.
#[derive(Clone)]
pub struct MockProvider {
    shared: Arc<Shared>,
    latency: Option<Duration>,
    pace: Pace,
    strict: bool,
    model: Option<String>,
    tools: bool,
}

struct Shared {
    script: Script,
    calls: Mutex<Vec<MockCall>>,
}

impl MockProvider {
    /// A provider that gives these replies in order, and starts over after the last. Without any it
    /// gives empty texts, and so does [`MockProvider::default()`](Default::default).
    ///
    /// Replies of several kinds in one list are each made a [`MockReply`] first.
    #[must_use]
    pub fn new<R: Into<MockReply>>(replies: impl IntoIterator<Item = R>) -> Self {
        let replies = replies.into_iter().map(Into::into).collect();
        Self::with_script(Script::Cycle(replies))
    }

    /// A provider that fails each call with this error.
    ///
    /// ```
    /// use ek_core::{Error, ErrorKind};
    /// use ek_mock::MockProvider;
    /// let provider = MockProvider::failing(Error::new(ErrorKind::Server, "HTTP 503"));
    /// ```
    #[must_use]
    pub fn failing(error: Error) -> Self {
        Self::with_script(Script::Fail(error))
    }

    /// A provider whose replies a closure makes from the requests. Parallel calls run it in parallel.
    ///
    /// ```
    /// use ek_mock::MockProvider;
    /// let echo = MockProvider::respond_with(|request| request.last_user_text().unwrap_or_default());
    /// ```
    #[must_use]
    pub fn respond_with<R: Into<MockReply>>(
        responder: impl Fn(&ChatRequest) -> R + Send + Sync + 'static,
    ) -> Self {
        let responder = move |request: &ChatRequest| responder(request).into();
        Self::with_script(Script::Respond(Box::new(responder)))
    }

    fn with_script(script: Script) -> Self {
        let shared = Shared { script, calls: Mutex::default() };
        Self {
            shared: Arc::new(shared),
            latency: None,
            pace: Pace::default(),
            strict: false,
            model: None,
            tools: true,
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
        self.latency = Some(latency);
        self
    }

    /// Lets streams come in pieces of so many characters, the last of each text excepted: text,
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
        self.pace.chunk_chars = characters;
        self
    }

    /// Lets each piece of a stream, the first excepted, come this long after the one before it was
    /// taken, by tokio's clock; so too an error in mid-stream. Default: no pause. What follows the
    /// pieces (whole tool calls, usage and the end) comes with the last of them.
    ///
    /// The [latency](Self::with_latency) comes before the stream: the call of `stream` takes it.
    #[must_use]
    pub fn with_chunk_delay(mut self, delay: Duration) -> Self {
        self.pace.chunk_delay = delay;
        self
    }

    /// Gives each reply of [`new`](Self::new) once: a call more is an error of the kind
    /// [`ErrorKind::Config`], which is not retried. Without any replies no call is expected at all.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Sets the name that [`LlmProvider::model`] gives; none by default.
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

    /// All calls so far, in the order in which they started.
    #[must_use]
    pub fn calls(&self) -> Vec<MockCall> {
        self.recorded().clone()
    }

    /// How many calls were started.
    #[must_use]
    pub fn call_count(&self) -> usize {
        self.recorded().len()
    }

    /// The call that started last.
    #[must_use]
    pub fn last_call(&self) -> Option<MockCall> {
        self.recorded().last().cloned()
    }

    /// Records the call and gives its number.
    fn record(&self, request: &ChatRequest, streamed: bool) -> usize {
        let request = request.clone();
        let mut calls = self.recorded();
        let number = calls.len() + 1;
        calls.push(MockCall { number, request, streamed });
        number
    }

    /// What the script answers to a call, when it is time.
    async fn answer(&self, request: &ChatRequest, streamed: bool) -> Result<MockReply> {
        let number = self.record(request, streamed);
        let reply = self.shared.script.reply(number, request, self.strict);
        let latency = reply.latency().or(self.latency).unwrap_or_default();
        if let Some(timeout) = request.timeout.filter(|timeout| *timeout < latency) {
            tokio::time::sleep(timeout).await;
            let message = format!("no reply within {timeout:?}: the mock takes {latency:?}");
            return Err(Error::new(ErrorKind::Timeout, message));
        }
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        Ok(reply)
    }

    fn recorded(&self) -> MutexGuard<'_, Vec<MockCall>> {
        // Nothing that can panic leaves the list half changed.
        self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LlmProvider for MockProvider {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        self.answer(request, false).await?.into_outcome()
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}

impl StreamingProvider for MockProvider {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        self.answer(request, true).await?.into_stream(self.pace)
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
        Self::with_script(Script::Cycle(Vec::new()))
    }
}

impl fmt::Debug for MockProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("MockProvider");
        out.field("replies", &self.shared.script)
            .field("calls", &self.call_count())
            .field("latency", &self.latency)
            .field("strict", &self.strict)
            .field("model", &self.model)
            .field("tools", &self.tools);
        if self.pace != Pace::default() {
            out.field("pace", &self.pace);
        }
        out.finish()
    }
}
