//! What calls take and cost, as the metrics of the OpenTelemetry GenAI conventions.
//!
//! A wrapper and no part of a provider, so that it measures adapters and mocks alike; and the facade of the
//! crate `metrics` and no exporter, since programs have one already.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use ek_core::{
    ChatRequest, ChatStream, EmbeddingLimits, EmbeddingProvider, EmbeddingRequest, Embeddings,
    Error, LlmProvider, LlmResponse, Result, Stream, StreamEvent, StreamingProvider,
    ToolCallingProvider, Usage,
};
use metrics::{Label, Unit, describe_histogram, histogram};
use tokio::time::Instant;

use crate::asked::Asked;

const DURATION: &str = "gen_ai.client.operation.duration";
const FIRST_CHUNK: &str = "gen_ai.client.operation.time_to_first_chunk";
const TOKENS: &str = "gen_ai.client.token.usage";

/// A provider whose calls are measured.
///
/// | histogram | unit | of |
/// | --- | --- | --- |
/// | `gen_ai.client.operation.duration` | s | each call, failed and cancelled ones included; for a stream, to its end |
/// | `gen_ai.client.operation.time_to_first_chunk` | s | each stream, to its first event |
/// | `gen_ai.client.token.usage` | tokens | each reply whose counts are known, once for `input` and once for `output` |
///
/// Each has `gen_ai.operation.name` (`chat`, `embeddings`), `gen_ai.request.model` and, where it is known,
/// `gen_ai.provider.name`; the tokens have `gen_ai.token.type`, the duration of a failed call `error.type`:
/// the kind of its [`Error`], or `cancelled` for one that was dropped. No label holds a text of the server's
/// or of the request but the model's name that the caller chose.
///
/// Around a provider it measures each attempt; around a [`Failover`](crate::Failover), what its callers see. Without
/// a recorder a call costs a few labels.
///
/// The conventions advise buckets of 0.01, 0.02, 0.04 ... 81.92 for seconds and 1, 4, 16 ... 67,108,864 for tokens.
///
/// ```
/// use ek_core::LlmProvider;
/// use ek_mock::MockProvider;
/// use ek_patterns::Metered;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = Metered::new(MockProvider::new(["Low tide at six."]));
/// assert_eq!(llm.complete(&"When?".into()).await?.content, "Low tide at six.");
/// # Ok(())
/// # }
/// ```
///
/// Source: [semantic conventions for GenAI](https://opentelemetry.io/docs/specs/semconv/gen-ai/).
#[derive(Debug, Clone)]
#[doc(alias("prometheus", "opentelemetry", "histogram", "latency"))]
pub struct Metered<P> {
    provider: P,
}

impl<P> Metered<P> {
    /// Measures the calls of a provider. Describes the metrics to the recorder that is installed.
    pub fn new(provider: P) -> Self {
        describe_histogram!(DURATION, Unit::Seconds, "How long a call of a model takes.");
        describe_histogram!(FIRST_CHUNK, Unit::Seconds, "How long a stream's first event takes.");
        describe_histogram!(TOKENS, Unit::Count, "Tokens that went in and came out.");
        Self { provider }
    }

    /// The provider itself.
    pub fn get_ref(&self) -> &P {
        &self.provider
    }
}

/// A call under way. Dropped before its end, it was cancelled.
struct Call {
    labels: Vec<Label>,
    start: Instant,
    is_ended: bool,
}

impl Call {
    fn begin(operation: &'static str, provider: Option<&str>, model: Option<&str>) -> Self {
        let mut labels = vec![Label::new("gen_ai.operation.name", operation)];
        labels.extend(model.map(|model| Label::new("gen_ai.request.model", model.to_owned())));
        labels.extend(provider.map(|name| Label::new("gen_ai.provider.name", name.to_owned())));
        Self { labels, start: Instant::now(), is_ended: false }
    }

    fn with(&self, key: &'static str, value: impl Into<metrics::SharedString>) -> Vec<Label> {
        let mut labels = self.labels.clone();
        labels.push(Label::new(key, value));
        labels
    }

    fn elapsed(&self) -> f64 {
        Duration::as_secs_f64(&self.start.elapsed())
    }

    fn first_chunk(&self) {
        histogram!(FIRST_CHUNK, self.labels.clone()).record(self.elapsed());
    }

    fn end(&mut self, outcome: std::result::Result<&Usage, &Error>) {
        self.is_ended = true;
        let labels = match outcome {
            Ok(_) => self.labels.clone(),
            Err(error) => self.with("error.type", format!("{:?}", error.kind())),
        };
        histogram!(DURATION, labels).record(self.elapsed());
        let Ok(usage) = outcome else { return };
        for (kind, count) in [("input", usage.input_tokens), ("output", usage.output_tokens)] {
            if let Some(count) = count {
                #[allow(clippy::cast_precision_loss, reason = "no call has 2^53 tokens")]
                histogram!(TOKENS, self.with("gen_ai.token.type", kind)).record(count as f64);
            }
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.is_ended {
            let labels = self.with("error.type", "cancelled");
            histogram!(DURATION, labels).record(self.elapsed());
        }
    }
}

impl<P: LlmProvider> Metered<P> {
    fn begin(&self, request: &ChatRequest) -> Call {
        let model = request.asked_model().or_else(|| self.provider.model());
        Call::begin("chat", self.provider.provider_name(), model)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<P: LlmProvider> LlmProvider for Metered<P> {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        let mut call = self.begin(request);
        let reply = self.provider.complete(request).await;
        call.end(reply.as_ref().map(|reply| &reply.usage));
        reply
    }

    fn model(&self) -> Option<&str> {
        self.provider.model()
    }

    fn provider_name(&self) -> Option<&str> {
        self.provider.provider_name()
    }

    fn default_max_tokens(&self) -> Option<u32> {
        self.provider.default_max_tokens()
    }
}

#[deny(clippy::missing_trait_methods)]
impl<P: StreamingProvider> StreamingProvider for Metered<P> {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        let mut call = self.begin(request);
        match self.provider.stream(request).await {
            Ok(stream) => Ok(ChatStream::new(MeteredStream { stream, call, has_begun: false })),
            Err(error) => {
                call.end(Err(&error));
                Err(error)
            }
        }
    }

    fn supports_streaming(&self) -> bool {
        self.provider.supports_streaming()
    }
}

#[deny(clippy::missing_trait_methods)]
impl<P: ToolCallingProvider> ToolCallingProvider for Metered<P> {
    fn supports_tools(&self) -> bool {
        self.provider.supports_tools()
    }
}

#[deny(clippy::missing_trait_methods)]
impl<P: EmbeddingProvider> EmbeddingProvider for Metered<P> {
    async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
        let model = request.asked_model().or_else(|| self.provider.embedding_model());
        let mut call = Call::begin("embeddings", None, model);
        let found = self.provider.embed(request).await;
        call.end(found.as_ref().map(|found| &found.usage));
        found
    }

    fn embedding_model(&self) -> Option<&str> {
        self.provider.embedding_model()
    }

    fn embedding_limits(&self) -> EmbeddingLimits {
        self.provider.embedding_limits()
    }
}

/// A stream whose first event and end are measured.
struct MeteredStream {
    stream: ChatStream,
    call: Call,
    has_begun: bool,
}

impl Stream for MeteredStream {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.stream).poll_next(cx);
        let Poll::Ready(Some(event)) = &polled else { return polled };
        if !std::mem::replace(&mut self.has_begun, true) && event.is_ok() {
            self.call.first_chunk();
        }
        match event {
            Ok(StreamEvent::Done(reply)) => self.call.end(Ok(&reply.usage)),
            Err(error) => self.call.end(Err(error)),
            Ok(_) => {}
        }
        polled
    }
}
