//! Spans with the OpenTelemetry GenAI names, behind the feature `tracing`.
//!
//! Metadata only, unless a pattern's `capture_content` is on. There is one span for each call, retries
//! included; a provider may have spans of its own for each attempt. Each token is counted once under the
//! conventions' names, at its call: ek-http's span of an attempt uses other names where a span named `chat`
//! with this crate as its target is around it.

use std::time::Duration;

use ek_core::{
    ChatRequest, EmbeddingRequest, Embeddings, Error, ErrorKind, LlmResponse, Spend, ToolCall,
    redact,
};
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span, warn};

use super::content;
use crate::ToolOutcome;

/// The span of a pattern, from its beginning to its outcome.
#[derive(Clone)]
pub(crate) struct PatternSpan(Span);

impl PatternSpan {
    pub(crate) fn new(pattern: &'static str) -> Self {
        // The only pattern for which the conventions have an operation.
        let operation = (pattern == "react_loop").then_some("invoke_agent");
        Self(info_span!(
            "pattern",
            otel.name = pattern,
            executionkit.pattern = pattern,
            gen_ai.operation.name = operation,
            executionkit.usage.input_tokens = Empty,
            executionkit.usage.output_tokens = Empty,
            executionkit.calls = Empty,
            executionkit.unknown_calls = Empty,
            "error.type" = Empty,
        ))
    }

    /// Runs a part of the pattern within the span.
    pub(crate) fn run<T>(&self, part: impl Future<Output = T>) -> impl Future<Output = T> {
        part.instrument(self.0.clone())
    }

    /// The sums have names of our own: under the conventions' names each token would be counted twice, here
    /// and at its call.
    pub(crate) fn record_spend(&self, spend: Spend) {
        self.0.record("executionkit.usage.input_tokens", spend.usage.input_tokens);
        self.0.record("executionkit.usage.output_tokens", spend.usage.output_tokens);
        self.0.record("executionkit.calls", spend.calls);
        self.0.record("executionkit.unknown_calls", spend.unknown_calls);
    }

    pub(crate) fn record_error(&self, error: &Error) {
        record_error(&self.0, error);
    }
}

/// The span of one call, its retries included.
#[derive(Clone)]
pub(crate) struct CallSpan {
    span: Span,
    capture: bool,
}

impl CallSpan {
    pub(crate) fn new(
        pattern: &PatternSpan,
        (provider, model): (Option<&str>, Option<&str>),
        request: &ChatRequest,
        streams: bool,
        capture: bool,
    ) -> Self {
        let span = info_span!(
            parent: &pattern.0,
            "chat",
            otel.name = model.map_or_else(|| "chat".to_owned(), |model| format!("chat {model}")),
            otel.kind = "client",
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = provider,
            gen_ai.request.model = model,
            gen_ai.request.stream = streams,
            gen_ai.request.max_tokens = request.max_tokens,
            gen_ai.request.temperature = request.temperature.or(request.suggested_temperature),
            gen_ai.input.messages = Empty,
            gen_ai.output.messages = Empty,
            gen_ai.response.id = Empty,
            gen_ai.response.model = Empty,
            gen_ai.response.finish_reasons = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            gen_ai.usage.cache_read.input_tokens = Empty,
            gen_ai.usage.cache_creation.input_tokens = Empty,
            gen_ai.usage.reasoning.output_tokens = Empty,
            http.response.status_code = Empty,
            "error.type" = Empty,
        );
        if capture && !span.is_disabled() {
            span.record("gen_ai.input.messages", content::input(&request.messages));
        }
        Self { span, capture }
    }

    /// Runs a part of the call within the span.
    pub(crate) fn run<T>(&self, part: impl Future<Output = T>) -> impl Future<Output = T> {
        part.instrument(self.span.clone())
    }

    /// The span of a call for embeddings; it never has a text of theirs.
    pub(crate) fn embeddings(
        pattern: &PatternSpan,
        model: Option<&str>,
        request: &EmbeddingRequest,
    ) -> Self {
        let name =
            model.map_or_else(|| "embeddings".to_owned(), |model| format!("embeddings {model}"));
        let span = info_span!(
            parent: &pattern.0,
            "embeddings",
            otel.name = name,
            otel.kind = "client",
            gen_ai.operation.name = "embeddings",
            gen_ai.request.model = model,
            gen_ai.embeddings.dimension.count = request.dimensions,
            executionkit.embeddings.inputs = request.inputs.len(),
            gen_ai.response.model = Empty,
            gen_ai.usage.input_tokens = Empty,
            http.response.status_code = Empty,
            "error.type" = Empty,
        );
        Self { span, capture: false }
    }

    /// The model, the width and the tokens.
    pub(crate) fn record_embeddings(&self, found: &Embeddings) {
        if self.span.is_disabled() {
            return;
        }
        self.span.record("gen_ai.response.model", found.model.as_deref().map(redact).as_deref());
        self.span.record("gen_ai.embeddings.dimension.count", found.dimensions());
        self.span.record("gen_ai.usage.input_tokens", found.usage.input_tokens);
    }

    /// Texts of the server are masked, since it may echo a secret.
    pub(crate) fn record_response(&self, response: &LlmResponse) {
        // Masking takes time, which is wasted where no subscriber listens.
        if self.span.is_disabled() {
            return;
        }
        for (field, word) in [
            ("gen_ai.response.id", response.id.as_deref()),
            ("gen_ai.response.model", response.model.as_deref()),
        ] {
            self.span.record(field, word.map(redact).as_deref());
        }
        if let Some(reason) = response.finish_reason_raw() {
            // The conventions have a list here, one entry for each choice.
            let reasons = format!("{:?}", [redact(reason)]);
            self.span.record("gen_ai.response.finish_reasons", reasons);
        }
        for (name, count) in response.usage.gen_ai_counts() {
            self.span.record(name, count);
        }
        if self.capture {
            self.span.record("gen_ai.output.messages", content::output(response));
        }
    }

    pub(crate) fn record_error(&self, error: &Error) {
        self.span.record("http.response.status_code", error.status());
        record_error(&self.span, error);
        if error.kind() == ErrorKind::BudgetExhausted {
            warn!(parent: &self.span, "the budget does not cover another call");
        }
    }
}

/// The span of one run of a tool.
pub(crate) struct ToolSpan {
    span: Span,
    capture: bool,
}

impl ToolSpan {
    pub(crate) fn new(pattern: &PatternSpan, call: &ToolCall, capture: bool) -> Self {
        let kind = if call.is_custom() { "custom" } else { "function" };
        let span = info_span!(
            parent: &pattern.0,
            "execute_tool",
            otel.name = format!("execute_tool {}", call.name),
            gen_ai.operation.name = "execute_tool",
            gen_ai.tool.name = call.name,
            gen_ai.tool.call.id = &*redact(&call.id),
            gen_ai.tool.type = kind,
            gen_ai.tool.call.arguments = capture.then(|| call.arguments.as_str()),
            gen_ai.tool.call.result = Empty,
            "error.type" = Empty,
        );
        Self { span, capture }
    }

    /// Runs the tool within the span.
    pub(crate) fn run<T>(&self, part: impl Future<Output = T>) -> impl Future<Output = T> {
        part.instrument(self.span.clone())
    }

    pub(crate) fn record(&self, outcome: ToolOutcome, result: &str) {
        self.span.record("error.type", outcome.error_type());
        if self.capture {
            self.span.record("gen_ai.tool.call.result", result);
        }
    }
}

/// An attempt failed, and another one will follow after this wait.
pub(crate) fn retrying(attempt: u32, delay: Duration, error: &Error) {
    warn!(
        parent: Span::current(),
        attempt,
        delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        http.response.status_code = error.status(),
        "error.type" = kind(error),
        "the attempt failed and will be retried"
    );
}

fn record_error(span: &Span, error: &Error) {
    span.record("error.type", kind(error));
}

fn kind(error: &Error) -> String {
    format!("{:?}", error.kind())
}
