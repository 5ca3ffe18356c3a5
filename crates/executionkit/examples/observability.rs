//! What can be seen of an agent: its spans, exported by OpenTelemetry, and its metrics, as Prometheus scrapes them.
//!
//! It asks a mock server on loopback, which refuses the second call once. In a program of yours, an exporter of
//! OpenTelemetry (`opentelemetry-otlp`) stands in place of `Exporter`, and a listener serves what `render` returns.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ek_mock::wire::MockServer;
use ek_mock::{ErrorReply, MockReply, Script, When};
use executionkit::{
    Error, ErrorKind, LlmResponse, Metered, Provider, ReactOptions, Result, RetryConfig, Tool,
    ToolCall, ToolError, Usage, react_loop_stream,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::{SpanId, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Keeps the spans, so that they can be shown as a tree.
#[derive(Clone, Debug, Default)]
struct Exporter(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(batch);
        Ok(())
    }
}

/// Shows the spans that are within this one, in the order in which they began.
fn show(spans: &[SpanData], parent: SpanId, indent: usize) {
    let mut within: Vec<_> = spans.iter().filter(|span| span.parent_span_id == parent).collect();
    within.sort_unstable_by_key(|span| span.start_time);
    for span in within {
        println!("{:indent$}{}", "", span.name);
        for field in &span.attributes {
            let name = field.key.as_str();
            if name.starts_with("gen_ai.usage.")
                || matches!(name, "error.type" | "http.response.status_code")
            {
                println!("{:indent$}  - {name} = {}", "", field.value);
            }
        }
        show(spans, span.span_context.span_id(), indent + 2);
    }
}

fn spans() -> (Exporter, SdkTracerProvider) {
    let exporter = Exporter::default();
    let pipeline = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(pipeline.tracer("observability"))
        .with_location(false)
        .with_threads(false);
    let level = tracing_subscriber::filter::LevelFilter::INFO;
    tracing_subscriber::registry().with(level).with(layer).init();
    (exporter, pipeline)
}

fn metrics() -> std::result::Result<PrometheusHandle, metrics_exporter_prometheus::BuildError> {
    // The buckets that the conventions advise.
    let seconds: Vec<f64> = (0..14).map(|n| 0.01 * f64::from(1 << n)).collect();
    let tokens: Vec<f64> = (0..14).map(|n| f64::from(1 << (2 * n))).collect();
    PrometheusBuilder::new()
        .set_buckets(&seconds)?
        .set_buckets_for_metric(Matcher::Prefix("gen_ai_client_token".to_owned()), &tokens)?
        .install_recorder()
}

/// An agent that calls a tool and answers.
async fn agent(server: &MockServer) -> Result<String> {
    let llm = Metered::new(Provider::builder(server.uri(), "mock-1").build()?);
    let schema = r#"{"type":"object","properties":{"town":{"type":"string"}}}"#;
    let tide = |_| async { Ok::<_, ToolError>("high at 04:12 and 16:38") };
    let tools = [Tool::new("tide", "The tides of a harbour town", schema, tide)?];
    let retry = RetryConfig::default().with_base_delay(Duration::from_millis(5));
    let options = ReactOptions::default().with_retry(retry);
    let events = react_loop_stream(&llm, "When shall I sail from Bergen?", &tools, &options)?;
    Ok(events.collect().await?.value)
}

fn script() -> Script {
    let call = ToolCall::new("call_1", "tide", r#"{"town":"Bergen"}"#);
    let calling = LlmResponse::default().with_tool_calls([call]).with_usage(Usage::new(60, 12));
    let busy = Error::new(ErrorKind::RateLimited, "busy").with_status(429);
    let answer = LlmResponse::text("At 16:38.").with_usage(Usage::new(90, 5));
    let attempts = [MockReply::from(ErrorReply::new(busy)), MockReply::from(answer)];
    Script::new()
        .on(When::tool_result_of("tide"), [MockReply::attempts(attempts)])
        .otherwise([calling])
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let ((exporter, pipeline), metrics) = (spans(), metrics()?);
    let answer = agent(&MockServer::start(script()).await).await?;
    println!("{answer}\n\nspans, with what they say of tokens, status and errors:");
    pipeline.shutdown()?;
    let spans = exporter.0.lock().unwrap_or_else(PoisonError::into_inner);
    show(&spans, SpanId::INVALID, 2);
    println!("\nmetrics, without their buckets:");
    for line in metrics.render().lines().filter(|line| !line.contains("_bucket{")) {
        println!("  {line}");
    }
    Ok(())
}
