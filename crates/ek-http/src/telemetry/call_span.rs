//! The span of one call, from its beginning to its result.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use ek_core::{EmbeddingRequest, Embeddings, Error, LlmResponse, Usage};
use tokio::time::Instant;
use tracing::field::{Empty, debug};
use tracing::{Instrument, Span, info_span};

use crate::endpoint::Endpoint;
use crate::secrets::Secrets;

/// The parts of a call share it. A call without a result is cancelled when the last of them is dropped.
#[derive(Clone)]
pub(crate) struct CallSpan(Arc<Recorded>);

struct Recorded {
    span: Span,
    /// Whether this span is within a span of the call layer.
    is_attempt: bool,
    issued: OnceLock<Instant>,
    has_chunk: AtomicBool,
    has_outcome: AtomicBool,
}

impl CallSpan {
    pub(crate) fn new(model: &str, provider: &str, endpoint: &Endpoint, stream: bool) -> Self {
        let is_attempt = is_attempt("chat");
        let span = info_span!(
            "chat",
            otel.name = format_args!("chat {model}"),
            otel.kind = "client",
            otel.status_code = Empty,
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = provider,
            gen_ai.request.model = model,
            gen_ai.request.stream = stream,
            server.address = %endpoint.host,
            server.port = endpoint.port(),
            gen_ai.response.id = Empty,
            gen_ai.response.model = Empty,
            gen_ai.response.finish_reasons = Empty,
            gen_ai.response.time_to_first_chunk = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            gen_ai.usage.cache_read.input_tokens = Empty,
            gen_ai.usage.cache_creation.input_tokens = Empty,
            gen_ai.usage.reasoning.output_tokens = Empty,
            executionkit.usage.input_tokens = Empty,
            executionkit.usage.output_tokens = Empty,
            executionkit.usage.cache_read.input_tokens = Empty,
            executionkit.usage.cache_creation.input_tokens = Empty,
            executionkit.usage.reasoning.output_tokens = Empty,
            http.response.status_code = Empty,
            "error.type" = Empty,
        );
        Self::of(span, is_attempt)
    }

    /// The span of a call for vectors.
    pub(crate) fn embeddings(
        model: &str,
        provider: &str,
        endpoint: &Endpoint,
        request: &EmbeddingRequest,
    ) -> Self {
        let span = info_span!(
            "embeddings",
            otel.name = format_args!("embeddings {model}"),
            otel.kind = "client",
            otel.status_code = Empty,
            gen_ai.operation.name = "embeddings",
            gen_ai.provider.name = provider,
            gen_ai.request.model = model,
            gen_ai.embeddings.dimension.count = request.dimensions,
            executionkit.embeddings.inputs = request.inputs.len(),
            server.address = %endpoint.host,
            server.port = endpoint.port(),
            gen_ai.response.model = Empty,
            gen_ai.usage.input_tokens = Empty,
            executionkit.usage.input_tokens = Empty,
            http.response.status_code = Empty,
            "error.type" = Empty,
        );
        Self::of(span, is_attempt("embeddings"))
    }

    fn of(span: Span, is_attempt: bool) -> Self {
        Self(Arc::new(Recorded {
            span,
            is_attempt,
            issued: OnceLock::new(),
            has_chunk: AtomicBool::new(false),
            has_outcome: AtomicBool::new(false),
        }))
    }

    /// Runs a part of the call in the span.
    pub(crate) async fn run<T>(&self, part: impl Future<Output = T>) -> T {
        part.instrument(self.0.span.clone()).await
    }

    /// Notes that the request is sent now.
    pub(crate) fn issued(&self) {
        self.0.issued.get_or_init(Instant::now);
    }

    /// Notes a chunk of a stream. The first one is timed.
    pub(crate) fn chunk_came(&self) {
        let recorded = &*self.0;
        if recorded.has_chunk.load(Ordering::Relaxed) {
            return;
        }
        recorded.has_chunk.store(true, Ordering::Relaxed);
        if let Some(issued) = recorded.issued.get() {
            let seconds = issued.elapsed().as_secs_f64();
            recorded.span.record("gen_ai.response.time_to_first_chunk", seconds);
        }
    }

    /// Records a reply. The server's texts are masked, because a server may echo the key anywhere.
    pub(crate) fn record_response(&self, response: &LlmResponse, secrets: &Secrets) {
        self.0.has_outcome.store(true, Ordering::Relaxed);
        let span = &self.0.span;
        // Masking costs a scan, so it is skipped if no subscriber listens.
        if span.is_disabled() {
            return;
        }
        let words = [
            ("gen_ai.response.id", response.id.as_deref()),
            ("gen_ai.response.model", response.model.as_deref()),
        ];
        for (field, word) in words {
            span.record(field, word.map(|word| secrets.mask(word)).as_deref());
        }
        if let Some(reason) = response.finish_reason_raw() {
            // A list, one entry for each choice.
            span.record("gen_ai.response.finish_reasons", debug([secrets.mask(reason)]));
        }
        self.record_usage(&response.usage);
    }

    /// Records vectors, as [`record_response`](Self::record_response) does a reply.
    pub(crate) fn record_vectors(&self, found: &Embeddings, secrets: &Secrets) {
        self.0.has_outcome.store(true, Ordering::Relaxed);
        let span = &self.0.span;
        if span.is_disabled() {
            return;
        }
        let model = found.model.as_deref().map(|model| secrets.mask(model));
        span.record("gen_ai.response.model", model.as_deref());
        span.record("gen_ai.embeddings.dimension.count", found.dimensions());
        self.record_usage(&found.usage);
    }

    fn record_usage(&self, usage: &Usage) {
        let span = &self.0.span;
        for (name, count) in usage.gen_ai_counts() {
            if self.0.is_attempt {
                // The call layer's span has the names of the conventions, so that each token counts once.
                span.record(&*name.replacen("gen_ai", "executionkit", 1), count);
            } else {
                span.record(name, count);
            }
        }
    }

    /// Records a failure. It is also an event, so that a failure that a retry hides is seen.
    pub(crate) fn record_error(&self, error: &Error) {
        self.0.has_outcome.store(true, Ordering::Relaxed);
        let span = &self.0.span;
        let kind = format!("{:?}", error.kind());
        span.record("otel.status_code", "ERROR");
        span.record("http.response.status_code", error.status());
        span.record("error.type", kind.as_str());
        tracing::debug!(
            parent: span,
            error.kind = kind,
            http.response.status_code = error.status(),
            error.code = error.code(),
            request.id = error.request_id(),
            retryable = error.is_retryable(),
            "attempt failed: {error}"
        );
    }
}

/// Whether the current span is that of the call layer for the same operation.
fn is_attempt(operation: &str) -> bool {
    let current = Span::current();
    let span = current.metadata();
    span.is_some_and(|span| span.name() == operation && span.target().starts_with("ek_patterns"))
}

impl Drop for Recorded {
    fn drop(&mut self) {
        if !*self.has_outcome.get_mut() {
            self.span.record("error.type", "cancelled");
        }
    }
}
