//! A span for each call with the OpenTelemetry GenAI names; metadata only, behind the feature
//! `tracing`.

use ek_core::{Error, LlmResponse};

use crate::endpoint::{Endpoint, Host};
use crate::secrets::Secrets;

/// Hosts, or ends of them, and the names that the GenAI conventions have for who is behind them.
const PROVIDERS: &[(&str, &str)] = &[
    ("api.openai.com", "openai"),
    ("api.anthropic.com", "anthropic"),
    ("generativelanguage.googleapis.com", "gcp.gemini"),
    ("aiplatform.googleapis.com", "gcp.vertex_ai"),
    (".openai.azure.com", "azure.ai.openai"),
    (".services.ai.azure.com", "azure.ai.inference"),
    (".amazonaws.com", "aws.bedrock"),
    ("api.mistral.ai", "mistral_ai"),
    ("api.deepseek.com", "deepseek"),
    ("api.groq.com", "groq"),
    ("api.x.ai", "x_ai"),
    ("api.perplexity.ai", "perplexity"),
    ("api.moonshot.ai", "moonshot_ai"),
    (".cohere.ai", "cohere"),
    (".cohere.com", "cohere"),
];

/// Who is behind this host; the host itself where the conventions have no name for it, and of an address
/// it is not known.
pub(crate) fn provider_name(host: &Host) -> Option<&str> {
    let Host::Name(host) = host else { return None };
    let known = PROVIDERS.iter().find(|(end, _)| host.ends_with(end));
    Some(known.map_or(host, |(_, name)| *name))
}

/// The span of one call, from its beginning to its outcome.
#[cfg(feature = "tracing")]
#[derive(Clone)]
pub(crate) struct CallSpan {
    span: tracing::Span,
    /// What the counts stand under: tokens of one call shall be counted once, and a span of the call
    /// layer around this one has them under the conventions' names.
    counts: &'static Counts,
}

/// Names of the counts.
#[cfg(feature = "tracing")]
struct Counts {
    input: &'static str,
    output: &'static str,
    cache_read: &'static str,
    cache_write: &'static str,
    reasoning: &'static str,
}

#[cfg(feature = "tracing")]
const CONVENTIONAL: Counts = Counts {
    input: "gen_ai.usage.input_tokens",
    output: "gen_ai.usage.output_tokens",
    cache_read: "gen_ai.usage.cache_read.input_tokens",
    cache_write: "gen_ai.usage.cache_creation.input_tokens",
    reasoning: "gen_ai.usage.reasoning.output_tokens",
};

#[cfg(feature = "tracing")]
const OF_AN_ATTEMPT: Counts = Counts {
    input: "executionkit.usage.input_tokens",
    output: "executionkit.usage.output_tokens",
    cache_read: "executionkit.usage.cache_read.input_tokens",
    cache_write: "executionkit.usage.cache_creation.input_tokens",
    reasoning: "executionkit.usage.reasoning.output_tokens",
};

#[cfg(feature = "tracing")]
impl CallSpan {
    pub(crate) fn new(model: &str, endpoint: &Endpoint, stream: bool) -> Self {
        use tracing::field::Empty;

        let around = tracing::Span::current();
        let is_counted = around
            .metadata()
            .is_some_and(|span| span.name() == "chat" && span.target().starts_with("ek_patterns"));
        let span = tracing::info_span!(
            "chat",
            otel.name = format!("chat {model}"),
            otel.kind = "client",
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = provider_name(&endpoint.host),
            gen_ai.request.model = model,
            gen_ai.request.stream = stream,
            server.address = %endpoint.host,
            server.port = endpoint.uri.port_u16(),
            gen_ai.response.id = Empty,
            gen_ai.response.model = Empty,
            gen_ai.response.finish_reasons = Empty,
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
        Self { span, counts: if is_counted { &OF_AN_ATTEMPT } else { &CONVENTIONAL } }
    }

    /// Runs a part of the call within the span.
    pub(crate) async fn run<T>(&self, part: impl Future<Output = T>) -> T {
        tracing::Instrument::instrument(part, self.span.clone()).await
    }

    /// The server's words are masked: a server may echo the key anywhere.
    pub(crate) fn record_response(&self, response: &LlmResponse, secrets: &Secrets) {
        // Masking is a scan of its own, which is not made where no subscriber listens.
        if self.span.is_disabled() {
            return;
        }
        let words = [
            ("gen_ai.response.id", response.id.as_deref()),
            ("gen_ai.response.model", response.model.as_deref()),
        ];
        for (field, word) in words {
            self.span.record(field, word.map(|word| secrets.mask(word)).as_deref());
        }
        if let Some(reason) = response.finish_reason_raw() {
            let reasons = format!("{:?}", [secrets.mask(reason)]);
            self.span.record("gen_ai.response.finish_reasons", reasons);
        }
        let (usage, counts) = (&response.usage, self.counts);
        self.span.record(counts.input, usage.input_tokens);
        self.span.record(counts.output, usage.output_tokens);
        self.span.record(counts.cache_read, usage.cached_input_tokens);
        self.span.record(counts.cache_write, usage.cache_write_tokens);
        self.span.record(counts.reasoning, usage.reasoning_tokens);
    }

    pub(crate) fn record_error(&self, error: &Error) {
        self.span.record("http.response.status_code", error.status());
        self.span.record("error.type", format!("{:?}", error.kind()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hosts_have_the_names_of_the_conventions_and_others_their_own() {
        for (host, name) in [
            ("api.openai.com", "openai"),
            ("acme.openai.azure.com", "azure.ai.openai"),
            ("bedrock-runtime.eu-west-1.amazonaws.com", "aws.bedrock"),
            ("generativelanguage.googleapis.com", "gcp.gemini"),
            ("openrouter.ai", "openrouter.ai"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(provider_name(&Host::parse(host).expect("a host")), Some(name));
        }
        assert_eq!(provider_name(&Host::parse("127.0.0.1").expect("a host")), None);
    }
}
