//! A span for each call with the OpenTelemetry GenAI names; metadata only, behind the feature
//! `tracing`.

use ek_core::{Error, LlmResponse};

use crate::endpoint::Endpoint;
use crate::secrets::Secrets;

/// The span of one call, from its beginning to its outcome.
#[cfg(feature = "tracing")]
#[derive(Clone)]
pub(crate) struct CallSpan(tracing::Span);

#[cfg(feature = "tracing")]
impl CallSpan {
    pub(crate) fn new(model: &str, endpoint: &Endpoint, stream: bool) -> Self {
        use tracing::field::Empty;

        Self(tracing::info_span!(
            "chat",
            otel.kind = "client",
            gen_ai.operation.name = "chat",
            gen_ai.request.model = model,
            gen_ai.request.stream = stream,
            server.address = %endpoint.host,
            server.port = endpoint.uri.port_u16(),
            gen_ai.response.id = Empty,
            gen_ai.response.model = Empty,
            gen_ai.response.finish_reasons = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            http.response.status_code = Empty,
            "error.type" = Empty,
        ))
    }

    /// Runs a part of the call within the span.
    pub(crate) async fn run<T>(&self, part: impl Future<Output = T>) -> T {
        tracing::Instrument::instrument(part, self.0.clone()).await
    }

    /// The server's words are masked: a server may echo the key anywhere.
    pub(crate) fn record_response(&self, response: &LlmResponse, secrets: &Secrets) {
        let words = [
            ("gen_ai.response.id", response.id.as_deref()),
            ("gen_ai.response.model", response.model.as_deref()),
            ("gen_ai.response.finish_reasons", response.finish_reason_raw()),
        ];
        for (field, word) in words {
            self.0.record(field, word.map(|word| secrets.mask(word)).as_deref());
        }
        self.0.record("gen_ai.usage.input_tokens", response.input_tokens());
        self.0.record("gen_ai.usage.output_tokens", response.output_tokens());
    }

    pub(crate) fn record_error(&self, error: &Error) {
        self.0.record("http.response.status_code", error.status());
        self.0.record("error.type", format!("{:?}", error.kind()));
    }
}

/// Nothing, where the feature is off.
#[cfg(not(feature = "tracing"))]
#[derive(Clone)]
pub(crate) struct CallSpan;

#[cfg(not(feature = "tracing"))]
#[allow(clippy::unused_self, reason = "the same shape as with the feature")]
impl CallSpan {
    pub(crate) fn new(_: &str, _: &Endpoint, _: bool) -> Self {
        Self
    }

    pub(crate) fn run<T, F: Future<Output = T>>(&self, part: F) -> F {
        part
    }

    pub(crate) fn record_response(&self, _: &LlmResponse, _: &Secrets) {}

    pub(crate) fn record_error(&self, _: &Error) {}
}
