//! A span for each call with the OpenTelemetry GenAI names; metadata only, behind the feature
//! `tracing`.

use std::future::Future;

use ek_core::{LlmResponse, Result};

use crate::endpoint::Endpoint;

/// Runs a call within its span.
#[cfg(feature = "tracing")]
pub(crate) async fn chat(
    model: &str,
    endpoint: &Endpoint,
    call: impl Future<Output = Result<LlmResponse>>,
) -> Result<LlmResponse> {
    use tracing::field::Empty;
    use tracing::{Instrument as _, Span};

    let span = tracing::info_span!(
        "chat",
        otel.kind = "client",
        gen_ai.operation.name = "chat",
        gen_ai.request.model = model,
        server.address = %endpoint.host,
        server.port = endpoint.uri.port_u16(),
        gen_ai.response.id = Empty,
        gen_ai.response.model = Empty,
        gen_ai.response.finish_reasons = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        http.response.status_code = Empty,
        error.r#type = Empty,
    );
    async {
        let outcome = call.await;
        let span = Span::current();
        match &outcome {
            Ok(response) => {
                span.record("gen_ai.response.id", response.id.as_deref());
                span.record("gen_ai.response.model", response.model.as_deref());
                span.record(
                    "gen_ai.response.finish_reasons",
                    response.finish_reason_raw(),
                );
                span.record("gen_ai.usage.input_tokens", response.input_tokens());
                span.record("gen_ai.usage.output_tokens", response.output_tokens());
            }
            Err(error) => {
                span.record("http.response.status_code", error.status());
                span.record("error.type", format!("{:?}", error.kind()));
            }
        }
        outcome
    }
    .instrument(span)
    .await
}

/// Runs a call.
#[cfg(not(feature = "tracing"))]
pub(crate) fn chat<'a>(
    _: &'a str,
    _: &'a Endpoint,
    call: impl Future<Output = Result<LlmResponse>> + 'a,
) -> impl Future<Output = Result<LlmResponse>> + 'a {
    call
}
