//! One script in every protocol: what our client makes of it, and what the mock makes of what our client
//! sends.

mod cassettes;
#[cfg(feature = "conformance")]
mod conformance;
mod conversations;
mod errors;
mod replies;
mod requests;

use ek_core::ProtocolName;
use ek_http::{Provider, ProviderBuilder};
use ek_mock::wire::MockTransport;

const ALL: [ProtocolName; 4] = [
    ProtocolName::ChatCompletions,
    ProtocolName::AnthropicMessages,
    ProtocolName::OpenAiResponses,
    ProtocolName::GeminiGenerateContent,
];

fn settings(protocol: &ProtocolName) -> ProviderBuilder {
    match protocol {
        ProtocolName::AnthropicMessages => Provider::anthropic("m"),
        ProtocolName::OpenAiResponses => Provider::openai_responses("m"),
        ProtocolName::GeminiGenerateContent => Provider::gemini("m"),
        _ => Provider::builder("http://localhost/v1", "m"),
    }
}

/// A real client over memory.
pub(super) fn over(protocol: &ProtocolName, transport: &MockTransport) -> Provider {
    let settings = settings(protocol).base_url(transport.uri());
    settings.connector(transport.clone()).build().expect("sound settings")
}
