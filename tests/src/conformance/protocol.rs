//! The protocols of the cases, and the provider that speaks each.
//!
//! A new protocol is one line in [`builder_for`]; until it is there, its cases count as not built yet.

use executionkit::{EmbeddingProfile, ProtocolName, Provider, ProviderBuilder};

/// The provider for a protocol at a base URL without the version, or none where it is not built yet.
#[must_use]
pub fn builder_for(
    protocol: &ProtocolName,
    base_url: &str,
    model: &str,
) -> Option<ProviderBuilder> {
    match protocol {
        ProtocolName::ChatCompletions => Some(Provider::builder(base_url, model)),
        ProtocolName::AnthropicMessages => Some(Provider::anthropic(model).base_url(base_url)),
        ProtocolName::OpenAiResponses => Some(Provider::openai_responses(model).base_url(base_url)),
        ProtocolName::GeminiGenerateContent => Some(Provider::gemini(model).base_url(base_url)),
        other => {
            let (profile, path) = match other.as_str() {
                "openai_embeddings" => (EmbeddingProfile::OPENAI_COMPATIBLE, "/v1"),
                "voyage_embeddings" => (EmbeddingProfile::VOYAGE, "/v1"),
                "jina_embeddings" => (EmbeddingProfile::JINA, "/v1"),
                "cohere_embeddings" => (EmbeddingProfile::COHERE, "/v2"),
                "gemini_embeddings" => (EmbeddingProfile::GEMINI, ""),
                _ => return None,
            };
            Some(Provider::embeddings(profile, model).base_url(format!("{base_url}{path}")))
        }
    }
}

/// The protocol of a name: in full, as cases have it, or the short one that the names of cases begin
/// with. `embeddings` stands for those of all vendors.
#[must_use]
pub fn is_named(protocol: &ProtocolName, name: &str) -> bool {
    let short = match protocol.as_str() {
        "chat_completions" => "chat",
        "anthropic_messages" => "anthropic",
        "openai_responses" => "responses",
        "gemini_generate_content" => "gemini",
        other if other.ends_with("_embeddings") => "embeddings",
        other => other,
    };
    protocol.as_str() == name || short == name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_has_its_full_name_and_a_short_one() {
        let gemini = ProtocolName::GeminiGenerateContent;
        assert!(is_named(&gemini, "gemini_generate_content") && is_named(&gemini, "gemini"));
        assert!(is_named(&ProtocolName::from("gemini_embeddings"), "embeddings"));
        assert!(!is_named(&ProtocolName::from("gemini_embeddings"), "gemini"));
        assert!(!is_named(&ProtocolName::from("bedrock_converse"), ""));
    }

    #[test]
    fn a_protocol_that_is_not_built_has_no_provider() {
        let builder = builder_for(&ProtocolName::from("bedrock_converse"), "http://127.0.0.1", "m");
        assert!(builder.is_none());
    }
}
