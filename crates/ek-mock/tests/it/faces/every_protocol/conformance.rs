//! The suite for adapters, over memory and over TCP.

use ek_core::{
    ChatRequest, ChatStream, Error, ErrorKind, LlmProvider, LlmResponse, ProtocolName, Result,
    StreamingProvider, ToolCallingProvider,
};
use ek_http::Provider;
use ek_mock::conformance::echo;
use ek_mock::wire::{MockServer, MockTransport};
use ek_mock::{MockReply, Script};

use super::settings;

const KEY: &str = "sk-ant-0123456789abcdef";

fn in_memory(protocol: &ProtocolName, script: Script) -> Provider {
    let transport = MockTransport::new(script);
    let settings = settings(protocol).base_url(transport.uri()).api_key(KEY);
    settings.connector(transport).build().expect("sound settings")
}

/// A client, and the server that it asks.
#[derive(Debug)]
struct Served {
    provider: Provider,
    _server: MockServer,
}

impl LlmProvider for Served {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        self.provider.complete(request).await
    }

    fn model(&self) -> Option<&str> {
        self.provider.model()
    }
}

impl StreamingProvider for Served {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        self.provider.stream(request).await
    }
}

impl ToolCallingProvider for Served {
    fn supports_tools(&self) -> bool {
        self.provider.supports_tools()
    }
}

async fn over_tcp(protocol: &ProtocolName, script: Script) -> Served {
    let server = MockServer::start(script).await;
    let settings = settings(protocol).base_url(server.uri()).api_key(KEY);
    Served { provider: settings.build().expect("sound settings"), _server: server }
}

fn cut() -> Script {
    let cut = Error::new(ErrorKind::Interrupted, "cut");
    Script::cycling([MockReply::from("Slowly.").failing_after(1, cut)])
}

/// The suite for one protocol, in a module for each face.
macro_rules! passes {
    ($name:ident, $protocol:expr) => {
        mod $name {
            use super::*;

            mod in_memory {
                use super::*;

                ek_mock::conformance!(
                    super::super::in_memory(&$protocol, Script::responding(echo)),
                    streaming,
                    tools,
                    debug,
                    keys = [KEY],
                    broken_stream = super::super::in_memory(&$protocol, cut()),
                );
            }

            mod over_tcp {
                use super::*;

                ek_mock::conformance!(
                    super::super::over_tcp(&$protocol, Script::responding(echo)).await,
                    streaming,
                    tools,
                    debug,
                    keys = [KEY],
                    broken_stream = super::super::over_tcp(&$protocol, cut()).await,
                );
            }
        }
    };
}

passes!(chat_completions, ProtocolName::ChatCompletions);
passes!(anthropic, ProtocolName::AnthropicMessages);
passes!(responses, ProtocolName::OpenAiResponses);
passes!(gemini, ProtocolName::GeminiGenerateContent);
