//! The provider's name of an endpoint, from the OpenTelemetry GenAI conventions
//! (`gen_ai.provider.name`).

use crate::endpoint::Host;

/// Domains and their provider's name. The first domain that fits counts.
const KNOWN: &[(&str, &str)] = &[
    ("openai.azure.com", "azure.ai.openai"),
    ("cognitiveservices.azure.com", "azure.ai.openai"),
    ("services.ai.azure.com", "azure.ai.inference"),
    ("models.ai.azure.com", "azure.ai.inference"),
    ("inference.ai.azure.com", "azure.ai.inference"),
    ("openai.com", "openai"),
    ("anthropic.com", "anthropic"),
    ("amazonaws.com", "aws.bedrock"),
    ("aiplatform.googleapis.com", "gcp.vertex_ai"),
    ("generativelanguage.googleapis.com", "gcp.gemini"),
    ("cohere.ai", "cohere"),
    ("cohere.com", "cohere"),
    ("deepseek.com", "deepseek"),
    ("groq.com", "groq"),
    ("ml.cloud.ibm.com", "ibm.watsonx.ai"),
    ("mistral.ai", "mistral_ai"),
    ("perplexity.ai", "perplexity"),
    ("x.ai", "x_ai"),
];

/// The name from the conventions, else the host: a gateway or a local server that speaks OpenAI's protocol
/// is not OpenAI.
pub(crate) fn provider_name(host: &Host) -> String {
    let shown = host.to_string().to_ascii_lowercase();
    let name = shown.trim_end_matches('.');
    // A region is part of the name: `us-central1-aiplatform.googleapis.com`.
    let is_vertex = name.ends_with("-aiplatform.googleapis.com");
    let known = KNOWN
        .iter()
        .find(|(known, name)| host.is_beneath(known) || (is_vertex && *name == "gcp.vertex_ai"));
    known.map_or(name, |(_, name)| name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_the_conventions_list_has_their_name_and_others_keep_their_own() {
        for (host, expected) in [
            ("api.openai.com", "openai"),
            ("eu.API.openai.com.", "openai"),
            ("acme.openai.azure.com", "azure.ai.openai"),
            ("acme.services.ai.azure.com", "azure.ai.inference"),
            ("bedrock-runtime.us-east-1.amazonaws.com", "aws.bedrock"),
            ("us-central1-aiplatform.googleapis.com", "gcp.vertex_ai"),
            ("aiplatform.googleapis.com", "gcp.vertex_ai"),
            ("generativelanguage.googleapis.com", "gcp.gemini"),
            ("api.groq.com", "groq"),
            ("api.x.ai", "x_ai"),
            ("us-south.ml.cloud.ibm.com", "ibm.watsonx.ai"),
            ("openrouter.ai", "openrouter.ai"),
            ("notopenai.com", "notopenai.com"),
            ("openai.com.evil.example", "openai.com.evil.example"),
            ("fax.ai", "fax.ai"),
            ("localhost", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
        ] {
            assert_eq!(provider_name(&Host::parse(host).expect(host)), expected, "{host}");
        }
    }
}
