//! The names of the protocols that models are spoken to in: an open set, since adapters add their own.

use std::fmt;

/// A protocol by its name, as it stands on a [`NativeTurn`](crate::NativeTurn) and beside the keys that
/// are meant for one protocol alone.
///
/// ```
/// use ek_core::ProtocolName;
/// assert_eq!(ProtocolName::from("anthropic_messages"), ProtocolName::AnthropicMessages);
/// assert_eq!(ProtocolName::from("bedrock_converse").as_str(), "bedrock_converse");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProtocolName {
    /// Chat completions as OpenAI defines them and many servers speak them.
    ChatCompletions,
    /// Anthropic's messages.
    AnthropicMessages,
    /// OpenAI's responses.
    OpenAiResponses,
    /// Gemini's `generateContent`.
    GeminiGenerateContent,
    /// Any other protocol, by the name that its adapter gives it.
    Other(String),
}

impl ProtocolName {
    /// The name in lower case with underscores, as transcripts and spans have it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::AnthropicMessages => "anthropic_messages",
            Self::OpenAiResponses => "openai_responses",
            Self::GeminiGenerateContent => "gemini_generate_content",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for ProtocolName {
    fn from(name: &str) -> Self {
        match name {
            "chat_completions" => Self::ChatCompletions,
            "anthropic_messages" => Self::AnthropicMessages,
            "openai_responses" => Self::OpenAiResponses,
            "gemini_generate_content" => Self::GeminiGenerateContent,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for ProtocolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_the_protocol_that_writes_it() {
        for protocol in [
            ProtocolName::ChatCompletions,
            ProtocolName::AnthropicMessages,
            ProtocolName::OpenAiResponses,
            ProtocolName::GeminiGenerateContent,
            ProtocolName::Other("my_own".into()),
        ] {
            assert_eq!(ProtocolName::from(protocol.as_str()), protocol);
            assert_eq!(protocol.to_string(), protocol.as_str());
        }
    }
}
